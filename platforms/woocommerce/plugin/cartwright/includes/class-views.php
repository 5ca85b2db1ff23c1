<?php
/**
 * Looks at products.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Tells of looks by visitors whom the shop already knows: those with an account or a cart. Others
 * have no session, and are given none for this: it would take them off the shop's page cache.
 */
final class Views {

	const PAUSE = 600;
	const MOST  = 50;

	/**
	 * Who tells.
	 *
	 * @var Announcer
	 */
	private $announcer;

	/**
	 * Takes who tells.
	 *
	 * @param Announcer $announcer Who tells.
	 */
	public function __construct( Announcer $announcer ) {
		$this->announcer = $announcer;
	}

	/**
	 * Hooks.
	 */
	public function register() {
		if ( Settings::get( 'views' ) ) {
			add_action( 'template_redirect', array( $this, 'look' ), 50 );
		}
	}

	/**
	 * A product's page is shown.
	 */
	public function look() {
		if ( ! is_product() || self::is_prefetch() || ! Session::available() || ! WC()->session->has_session() || ! Visitor::counts() ) {
			return;
		}
		$product = (int) get_queried_object_id();
		$seen    = self::recent( Session::get( 'views', array() ), time() );
		if ( isset( $seen[ $product ] ) ) {
			return;
		}
		$seen[ $product ] = time();
		Session::set( array( 'views' => array_slice( $seen, -self::MOST, null, true ) ) );
		$this->announcer->view(
			new View( Session::ensure_key(), $product, time(), get_current_user_id(), Reader::locale(), get_woocommerce_currency() )
		);
	}

	/**
	 * The looks that are not yet over.
	 *
	 * @param array $seen Product => when.
	 * @param int   $now  Now.
	 * @return array
	 */
	public static function recent( array $seen, $now ) {
		return array_filter(
			$seen,
			static function ( $at ) use ( $now ) {
				return $at > $now - self::PAUSE;
			}
		);
	}

	/**
	 * True if the browser only fetches ahead.
	 *
	 * @return bool
	 */
	private static function is_prefetch() {
		foreach ( array( 'HTTP_SEC_PURPOSE', 'HTTP_PURPOSE', 'HTTP_X_MOZ' ) as $name ) {
			$purpose = isset( $_SERVER[ $name ] ) ? sanitize_text_field( wp_unslash( $_SERVER[ $name ] ) ) : '';
			if ( false !== stripos( $purpose, 'prefetch' ) ) {
				return true;
			}
		}
		return false;
	}
}
