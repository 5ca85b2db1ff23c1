<?php
/**
 * Watches the cart and writes down what changed.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Hooks only mark that something may have changed. At the end of the request the cart is compared
 * with what was told last; a request that changed nothing costs no query.
 */
final class Tracker {

	const EMPTIED = 'emptied';

	/**
	 * The carts.
	 *
	 * @var Carts
	 */
	private $carts;

	/**
	 * Who tells about changes.
	 *
	 * @var Announcer
	 */
	private $announcer;

	/**
	 * True once something may have changed.
	 *
	 * @var bool
	 */
	private $touched = false;

	/**
	 * True once this request placed an order.
	 *
	 * @var bool
	 */
	private $ordered = false;

	/**
	 * What was typed in this request.
	 *
	 * @var array{email: string, phone: string}
	 */
	private $typed = array(
		'email' => '',
		'phone' => '',
	);

	/**
	 * What was said about marketing in this request.
	 *
	 * @var array{email: bool|null, sms: bool|null}
	 */
	private $said = array(
		'email' => null,
		'sms'   => null,
	);

	/**
	 * Takes what it works with.
	 *
	 * @param Carts     $carts     The carts.
	 * @param Announcer $announcer Who tells about changes.
	 */
	public function __construct( Carts $carts, Announcer $announcer ) {
		$this->carts     = $carts;
		$this->announcer = $announcer;
	}

	/**
	 * Hooks. Every change of a cart ends in one of the two; WooCommerce queues webhooks at shutdown 10.
	 */
	public function register() {
		add_action( 'woocommerce_cart_updated', array( $this, 'touch' ) );
		add_action( 'woocommerce_cart_emptied', array( $this, 'touch' ) );
		add_action( 'woocommerce_guest_session_to_user_id', array( Session::class, 'follow' ), 10, 2 );
		add_action( 'shutdown', array( $this, 'flush' ), 5 );
	}

	/**
	 * Something may have changed.
	 */
	public function touch() {
		$this->touched = true;
	}

	/**
	 * She is at the checkout.
	 */
	public function at_checkout() {
		if ( Session::available() && ! WC()->cart->is_empty() && Visitor::counts() ) {
			Session::set( array( 'stage' => 'checkout' ) );
			$this->touch();
		}
	}

	/**
	 * She typed an address. Without our notice in front of her, it is none of our business.
	 *
	 * @param array{email: string, phone: string} $contact What she typed.
	 */
	public function typed( array $contact ) {
		if ( ! self::may_listen() ) {
			return;
		}
		$this->typed = array_merge( $this->typed, array_filter( $contact ) );
		if ( ! is_user_logged_in() && '' !== $this->typed['email'] ) {
			Visitor::set_cookie( Restore::COOKIE, Keys::browser( Session::ensure_key() ), Installer::KEEP_DAYS * DAY_IN_SECONDS );
		}
		$this->touch();
	}

	/**
	 * She ticked or unticked a box. A box that was never ticked says nothing.
	 *
	 * @param bool|null $email About mail.
	 * @param bool|null $sms   About texts.
	 */
	public function said( $email, $sms ) {
		$answers = array(
			'email' => $email,
			'sms'   => $sms,
		);
		foreach ( array_filter( $answers, 'is_bool' ) as $medium => $yes ) {
			if ( $yes || Session::get( "yes_{$medium}" ) ) {
				$this->said[ $medium ] = $yes;
				$this->touch();
			}
		}
	}

	/**
	 * She wants no reminder.
	 */
	public function decline() {
		Visitor::say_no();
		$key = Session::get( 'key' );
		if ( '' !== $key && null !== $this->carts->find( $key ) ) {
			$this->carts->decline( $key );
			$this->announcer->cart( $key );
		}
		Session::set( array( 'print' => '' ) );
	}

	/**
	 * An order was placed: the emptying that follows is no news.
	 */
	public function order_made() {
		$this->ordered = true;
	}

	/**
	 * Writes down what changed, and tells.
	 */
	public function flush() {
		if ( ! $this->touched || ! Session::available() || ! Visitor::counts() ) {
			return;
		}
		$this->touched = false;
		if ( WC()->cart->is_empty() ) {
			$this->emptied();
		} else {
			$this->filled();
		}
	}

	/**
	 * True if what is typed may be kept: the merchant shows the notice, and she saw it.
	 *
	 * @return bool
	 */
	private static function may_listen() {
		return Settings::get( 'notice' ) && Session::available() && Session::get( 'notice' )
			&& ! WC()->cart->is_empty() && Visitor::counts();
	}

	/**
	 * The cart has goods.
	 */
	private function filled() {
		$this->remember_what_she_said();
		$snapshot = Reader::snapshot();
		$about    = Reader::about();
		$marks    = array( Session::get( 'email' ), Session::get( 'phone' ), Session::get( 'yes_email' ), Session::get( 'yes_sms' ) );
		$print    = Snapshot::fingerprint( $snapshot, array( $about, $marks ) );
		if ( Session::get( 'print' ) === $print ) {
			return;
		}
		$key = Session::ensure_key();
		$this->carts->save( $key, $about + $this->contact() + array( 'snapshot' => wp_json_encode( $snapshot ) ) );
		if ( array() !== array_filter( $this->said, 'is_bool' ) ) {
			$this->carts->agree( $key, $this->said['email'], $this->said['sms'] );
		}
		Session::set( array( 'print' => $print ) );
		$this->announcer->cart( $key );
	}

	/**
	 * The cart is empty: she took everything out, or an order took it over.
	 */
	private function emptied() {
		$key = Session::get( 'key' );
		if ( '' === $key ) {
			return;
		}
		if ( $this->ordered || Orders::is_placed( Session::get( 'order', 0 ) ) ) {
			Session::renew();
			return;
		}
		if ( in_array( Session::get( 'print' ), array( '', self::EMPTIED ), true ) ) {
			return;
		}
		$this->carts->save( $key, Reader::about() + $this->contact() + array( 'snapshot' => Snapshot::NOTHING ) );
		Session::set( array( 'print' => self::EMPTIED ) );
		$this->announcer->cart( $key );
	}

	/**
	 * What she typed now, or her account's address if she typed none; "" leaves what the row has.
	 *
	 * @return array{email: string, phone: string}
	 */
	private function contact() {
		$account = Reader::account();
		$contact = array();
		foreach ( $this->typed as $field => $typed ) {
			$contact[ $field ] = '' === $typed && '' === Session::get( $field ) ? $account[ $field ] : $typed;
		}
		return $contact;
	}

	/**
	 * Keeps in the session that something was typed and said; of addresses only a hash.
	 */
	private function remember_what_she_said() {
		$marks = array_map( 'md5', array_filter( $this->typed ) );
		foreach ( array_filter( $this->said, 'is_bool' ) as $medium => $yes ) {
			$marks[ "yes_{$medium}" ] = $yes ? 'yes' : 'no';
		}
		if ( array() !== $marks ) {
			Session::set( $marks );
		}
	}
}
