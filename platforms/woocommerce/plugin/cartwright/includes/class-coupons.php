<?php
/**
 * Codes from links.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Applies `cartwright_coupons=A,B` on links of ours and of WooCommerce's `/checkout-link/`.
 *
 * WooCommerce refuses a code that is bound to an address while it knows none. To whoever came by
 * her own link we lift that until an address is typed: then WooCommerce judges as ever, and when
 * the order is placed always. So nobody gains a discount, and nobody learns an address.
 */
final class Coupons {

	const PARAMETER = 'cartwright_coupons';

	/**
	 * Hooks.
	 */
	public function register() {
		add_filter( 'woocommerce_coupon_get_email_restrictions', array( $this, 'lift' ), 10, 2 );
		add_action( 'template_redirect', array( $this, 'answer' ), 40 );
	}

	/**
	 * On the checkout, to which WooCommerce's own link leads: applies the codes, and drops them
	 * from the address so that taking one out again is possible.
	 */
	public function answer() {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- a link in a mail has no nonce, and a code is no secret.
		$given = isset( $_GET[ self::PARAMETER ] ) ? sanitize_text_field( wp_unslash( $_GET[ self::PARAMETER ] ) ) : '';
		if ( '' === $given || ! Session::available() || ! ( is_checkout() || is_cart() ) ) {
			return;
		}
		self::apply( Restore_Plan::codes( $given ) );
		nocache_headers();
		wp_safe_redirect( remove_query_arg( self::PARAMETER ) );
		exit;
	}

	/**
	 * Applies codes; why one is refused, WooCommerce tells in its own words.
	 *
	 * @param string[] $codes The codes.
	 */
	public static function apply( array $codes ) {
		foreach ( $codes as $code ) {
			if ( ! WC()->cart->is_empty() && ! WC()->cart->has_discount( $code ) ) {
				WC()->cart->apply_coupon( $code );
			}
		}
	}

	/**
	 * Remembers codes that are bound to her address and came by her own link.
	 *
	 * @param string   $email Her address.
	 * @param string[] $codes The codes.
	 */
	public static function lift_for( $email, array $codes ) {
		$hers = array();
		foreach ( $codes as $code ) {
			$coupon = new \WC_Coupon( $code );
			$bound  = array_map( 'strtolower', (array) $coupon->get_email_restrictions( 'edit' ) );
			if ( '' !== $email && in_array( strtolower( $email ), $bound, true ) ) {
				$hers[] = $coupon->get_code();
			}
		}
		if ( array() !== $hers ) {
			Session::set( array( 'lift' => $hers ) );
		}
	}

	/**
	 * The addresses that a coupon is bound to, as WooCommerce asks for them.
	 *
	 * @param mixed      $emails The addresses.
	 * @param \WC_Coupon $coupon The coupon.
	 * @return mixed
	 */
	public function lift( $emails, $coupon ) {
		if ( empty( $emails ) || ! Session::available() || self::knows_an_address() ) {
			return $emails;
		}
		return in_array( $coupon->get_code(), Session::get( 'lift', array() ), true ) ? array() : $emails;
	}

	/**
	 * True once there is an address to judge by, and always while an order is placed.
	 *
	 * @return bool
	 */
	private static function knows_an_address() {
		// phpcs:ignore WordPress.Security.NonceVerification.Missing -- only whether it is there.
		$typed = ! empty( $_POST['billing_email'] ) || is_user_logged_in() || '' !== WC()->customer->get_billing_email();
		return $typed || did_action( 'woocommerce_before_checkout_process' ) || did_action( 'woocommerce_store_api_checkout_update_order_from_request' );
	}
}
