<?php
/**
 * Brings a cart back from its link.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * `/?cartwright_restore=<key>&cartwright_coupons=A,B`: items with their meta, then the address,
 * then the codes, then the totals, then the checkout. The link signs nobody in and changes no
 * account; whoever got it forwarded sees goods, and nothing of her.
 */
final class Restore {

	const PARAMETER = 'cartwright_restore';
	const COOKIE    = 'cartwright_cart';

	/**
	 * The carts.
	 *
	 * @var Carts
	 */
	private $carts;

	/**
	 * Who watches the cart.
	 *
	 * @var Tracker
	 */
	private $tracker;

	/**
	 * Takes what it works with.
	 *
	 * @param Carts   $carts   The carts.
	 * @param Tracker $tracker Who watches the cart.
	 */
	public function __construct( Carts $carts, Tracker $tracker ) {
		$this->carts   = $carts;
		$this->tracker = $tracker;
	}

	/**
	 * Hooks. WooCommerce reads the cart from the session at wp_loaded 10.
	 */
	public function register() {
		add_action( 'wp_loaded', array( $this, 'answer' ), 30 );
	}

	/**
	 * The address that restores a cart.
	 *
	 * @param string $key The cart's key.
	 * @return string
	 */
	public static function link( $key ) {
		return add_query_arg( self::PARAMETER, Keys::restore( $key ), home_url( '/' ) );
	}

	/**
	 * Answers a click on the link.
	 */
	public function answer() {
		// phpcs:disable WordPress.Security.NonceVerification.Recommended -- a link in a mail has no nonce; its key cannot be guessed.
		if ( ! isset( $_GET[ self::PARAMETER ] ) || ! Session::available() || is_admin() ) {
			return;
		}
		$given = sanitize_text_field( wp_unslash( $_GET[ self::PARAMETER ] ) );
		$codes = isset( $_GET[ Coupons::PARAMETER ] ) ? sanitize_text_field( wp_unslash( $_GET[ Coupons::PARAMETER ] ) ) : '';
		// phpcs:enable
		WC()->session->set_customer_session_cookie( true );
		$this->go_to( $this->restored( $given, Restore_Plan::codes( $codes ) ) );
	}

	/**
	 * Restores, or says why not.
	 *
	 * @param string   $given The key in the link.
	 * @param string[] $codes The codes in the link.
	 * @return string Where to go then.
	 */
	private function restored( $given, array $codes ) {
		$row  = 1 === preg_match( '/\A[0-9a-f]{40}\z/', $given ) ? $this->carts->find_by_link( $given ) : null;
		$cart = null === $row ? array( 'items' => array() ) : Snapshot::of_row( $row );
		if ( null !== $row && Orders::is_placed( (int) $row['order_id'] ) ) {
			wc_add_notice( __( 'You have already ordered this cart. Thank you!', 'cartwright' ), 'notice' );
			return WC()->cart->is_empty() ? wc_get_page_permalink( 'shop' ) : wc_get_cart_url();
		}
		if ( array() === $cart['items'] ) {
			wc_add_notice( __( 'This link is too old: the cart is not kept any more.', 'cartwright' ), 'notice' );
			return wc_get_cart_url();
		}
		$this->fill( $row, $cart, $codes );
		return WC()->cart->is_empty() ? wc_get_cart_url() : wc_get_checkout_url();
	}

	/**
	 * Everything in its order.
	 *
	 * @param array    $row   The cart's row.
	 * @param array    $cart  Its snapshot.
	 * @param string[] $codes The codes.
	 */
	private function fill( array $row, array $cart, array $codes ) {
		$hers = self::is_hers( $row );
		if ( $hers && WC()->cart->is_empty() ) {
			Session::set( array( 'key' => $row['cart_key'] ) );
		} elseif ( Session::get( 'key' ) !== $row['cart_key'] ) {
			Session::set( array( 'from' => $row['cart_key'] ) );
		}
		$lines = new Restore_Lines( $cart['items'] );
		$lines->add();
		if ( $hers ) {
			self::fill_in( $row );
		}
		WC()->cart->calculate_totals();
		$lines->tell_prices( $row['currency'] );
		Coupons::lift_for( $row['email'], $codes );
		Coupons::apply( $codes );
		WC()->cart->calculate_totals();
		$this->tracker->touch();
	}

	/**
	 * True in the browser that filled this cart, and for the account that it belongs to.
	 *
	 * @param array $row The cart's row.
	 * @return bool
	 */
	private static function is_hers( array $row ) {
		$mark = isset( $_COOKIE[ self::COOKIE ] ) ? sanitize_text_field( wp_unslash( $_COOKIE[ self::COOKIE ] ) ) : '';
		if ( Session::get( 'key' ) === $row['cart_key'] || hash_equals( Keys::browser( $row['cart_key'] ), $mark ) ) {
			return true;
		}
		$user = wp_get_current_user();
		return $user->exists() && ( $user->ID === (int) $row['user_id'] || ( '' !== $row['email'] && 0 === strcasecmp( $user->user_email, $row['email'] ) ) );
	}

	/**
	 * A guest's address goes into her session, so that codes bound to it are taken. An account
	 * has its own address, and is never changed.
	 *
	 * @param array $row The cart's row.
	 */
	private static function fill_in( array $row ) {
		if ( is_user_logged_in() || '' === $row['email'] || '' !== WC()->customer->get_billing_email() ) {
			return;
		}
		WC()->customer->set_billing_email( $row['email'] );
		if ( '' !== $row['phone'] && '' === WC()->customer->get_billing_phone() ) {
			WC()->customer->set_billing_phone( $row['phone'] );
		}
		WC()->customer->save();
	}

	/**
	 * Redirects within the shop; what campaigns count by goes along.
	 *
	 * @param string $where The address.
	 */
	private function go_to( $where ) {
		$along = array();
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- nothing is done with them.
		foreach ( $_GET as $name => $value ) {
			if ( 0 === strpos( (string) $name, 'utm_' ) && is_string( $value ) ) {
				$along[ sanitize_key( $name ) ] = rawurlencode( sanitize_text_field( wp_unslash( $value ) ) );
			}
		}
		nocache_headers();
		wp_safe_redirect( add_query_arg( $along, $where ) );
		exit;
	}
}
