<?php
/**
 * One look at a product.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * All of a look in one short text: that is what Action Scheduler keeps until the delivery.
 */
final class View {

	/**
	 * The visitor's cart key.
	 *
	 * @var string
	 */
	public $key;

	/**
	 * The product.
	 *
	 * @var int
	 */
	public $product_id;

	/**
	 * When, as a Unix time.
	 *
	 * @var int
	 */
	public $at;

	/**
	 * Her account, 0 for guests.
	 *
	 * @var int
	 */
	public $user_id;

	/**
	 * Her language.
	 *
	 * @var string
	 */
	public $locale;

	/**
	 * Her currency.
	 *
	 * @var string
	 */
	public $currency;

	/**
	 * Takes everything.
	 *
	 * @param string $key        The visitor's cart key.
	 * @param int    $product_id The product.
	 * @param int    $at         When.
	 * @param int    $user_id    Her account.
	 * @param string $locale     Her language.
	 * @param string $currency   Her currency.
	 */
	public function __construct( $key, $product_id, $at, $user_id, $locale, $currency ) {
		$this->key        = $key;
		$this->product_id = $product_id;
		$this->at         = $at;
		$this->user_id    = $user_id;
		$this->locale     = $locale;
		$this->currency   = $currency;
	}

	/**
	 * As a text.
	 *
	 * @return string
	 */
	public function pack() {
		return implode( ':', array( $this->key, $this->product_id, $this->at, $this->user_id, $this->locale, $this->currency ) );
	}

	/**
	 * From a text; null for what is none.
	 *
	 * @param mixed $text The text.
	 * @return View|null
	 */
	public static function unpack( $text ) {
		$form = '/\A([0-9a-f]{32}):(\d{1,18}):(\d{1,12}):(\d{1,18}):([A-Za-z0-9_@-]{0,30}):([A-Z0-9]{0,10})\z/';
		if ( ! is_string( $text ) || 1 !== preg_match( $form, $text, $part ) ) {
			return null;
		}
		return new self( $part[1], (int) $part[2], (int) $part[3], (int) $part[4], $part[5], $part[6] );
	}
}
