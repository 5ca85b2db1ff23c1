<?php
/**
 * Reads the shopper's cart.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * The only place that asks WooCommerce what is in the cart and who she is.
 */
final class Reader {

	/**
	 * The cart at this moment; see Snapshot for its form.
	 *
	 * @return array
	 */
	public static function snapshot() {
		return array(
			'items'   => self::items(),
			'coupons' => array_values( WC()->cart->get_applied_coupons() ),
			'total'   => Snapshot::money( WC()->cart->get_total( 'edit' ), wc_get_price_decimals() ),
			'person'  => self::person(),
			'ip'      => \WC_Geolocation::get_ip_address(),
			'roles'   => is_user_logged_in() ? array_values( wp_get_current_user()->roles ) : array(),
		);
	}

	/**
	 * The lines of the cart.
	 *
	 * @return array[]
	 */
	public static function items() {
		$with_tax = WC()->cart->display_prices_including_tax();
		$items    = array();
		foreach ( WC()->cart->get_cart() as $line ) {
			$items[] = Snapshot::item( $line, $line['data']->get_name(), $with_tax, wc_get_price_decimals() );
		}
		return $items;
	}

	/**
	 * What lies around a cart: columns of its row. The currency is the one that she sees now.
	 *
	 * @return array
	 */
	public static function about() {
		return array(
			'session_key' => Session::owner(),
			'user_id'     => get_current_user_id(),
			'currency'    => get_woocommerce_currency(),
			'locale'      => self::locale(),
			'stage'       => Session::get( 'stage', 'cart' ),
		);
	}

	/**
	 * The address and phone of her account; "" for guests.
	 *
	 * @return array{email: string, phone: string}
	 */
	public static function account() {
		if ( ! is_user_logged_in() ) {
			return Contact::of( '', '' );
		}
		$user = wp_get_current_user();
		return Contact::of( $user->user_email, get_user_meta( $user->ID, 'billing_phone', true ) );
	}

	/**
	 * Her language. Pages know it; requests behind them (REST) keep what the page said.
	 *
	 * @return string
	 */
	public static function locale() {
		$kept = Session::get( 'locale' );
		if ( '' !== $kept && defined( 'REST_REQUEST' ) && REST_REQUEST ) {
			return $kept;
		}
		Session::set( array( 'locale' => get_locale() ) );
		return get_locale();
	}

	/**
	 * Her name and place: of her account, or typed under our notice.
	 *
	 * @return array<string, string>
	 */
	private static function person() {
		$may      = is_user_logged_in() || ( Settings::get( 'notice' ) && Session::get( 'notice' ) );
		$customer = WC()->customer;
		return array(
			'first_name' => $may ? $customer->get_billing_first_name() : '',
			'last_name'  => $may ? $customer->get_billing_last_name() : '',
			'country'    => $may ? $customer->get_billing_country() : '',
			'state'      => $may ? $customer->get_billing_state() : '',
		);
	}
}
