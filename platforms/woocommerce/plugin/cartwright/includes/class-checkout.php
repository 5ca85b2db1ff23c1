<?php
/**
 * The checkout pages.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Brings the notice and its script, and listens where WooCommerce itself hears what is typed.
 */
final class Checkout {

	const HANDLE = 'cartwright-capture';

	/**
	 * Who watches the cart.
	 *
	 * @var Tracker
	 */
	private $tracker;

	/**
	 * Takes who watches the cart.
	 *
	 * @param Tracker $tracker Who watches the cart.
	 */
	public function __construct( Tracker $tracker ) {
		$this->tracker = $tracker;
	}

	/**
	 * Hooks.
	 */
	public function register() {
		add_action( 'template_redirect', array( $this, 'arrive' ), 30 );
		add_action( 'wp_enqueue_scripts', array( $this, 'bring_script' ) );
		add_action( 'woocommerce_store_api_cart_update_customer_from_request', array( $this, 'block_typed' ), 10, 2 );
		add_action( 'woocommerce_checkout_update_order_review', array( $this, 'classic_typed' ) );
	}

	/**
	 * She opened the checkout.
	 */
	public function arrive() {
		if ( self::is_form() ) {
			$this->tracker->at_checkout();
		}
	}

	/**
	 * The block checkout told WooCommerce what was typed.
	 *
	 * @param \WC_Customer     $customer The session's customer, already changed.
	 * @param \WP_REST_Request $request  The request.
	 */
	public function block_typed( $customer, $request ) {
		$billing  = (array) $request['billing_address'];
		$shipping = (array) $request['shipping_address'];
		$phone    = empty( $billing['phone'] ) && isset( $shipping['phone'] ) ? $shipping['phone'] : ( $billing['phone'] ?? '' );
		$this->tracker->typed( Contact::of( $billing['email'] ?? '', $phone ) );
	}

	/**
	 * The classic checkout sent its form to have the totals counted.
	 *
	 * @param string $form The form, urlencoded.
	 */
	public function classic_typed( $form ) {
		$this->tracker->at_checkout();
		$this->tracker->typed( Contact::of_form( $form ) );
	}

	/**
	 * The script, with what it shows and where it sends. Nothing of what we know of her is in it.
	 */
	public function bring_script() {
		if ( ! self::is_form() || ! Session::available() || WC()->cart->is_empty() || ! self::shows_anything() || ! Visitor::counts() ) {
			return;
		}
		wp_enqueue_script( self::HANDLE, plugins_url( 'assets/capture.js', FILE ), array(), VERSION, array( 'in_footer' => true ) );
		wp_add_inline_script( self::HANDLE, 'window.cartwrightCapture = ' . wp_json_encode( self::words() ) . ';', 'before' );
	}

	/**
	 * What the script needs.
	 *
	 * @return array
	 */
	private static function words() {
		$notice = Settings::get( 'notice' );
		return array(
			'url'      => \WC_AJAX::get_endpoint( Capture::ACTION ),
			'nonce'    => wp_create_nonce( Capture::NONCE ),
			'notice'   => $notice ? Settings::text( 'notice_text' ) : '',
			'decline'  => $notice ? Settings::text( 'decline_text' ) : '',
			'declined' => Settings::text( 'declined_text' ),
			'boxes'    => (object) array_filter(
				array(
					'accept_email' => Settings::get( 'ask_email' ) ? Settings::text( 'ask_email_text' ) : '',
					'accept_sms'   => Settings::get( 'ask_sms' ) ? Settings::text( 'ask_sms_text' ) : '',
				)
			),
		);
	}

	/**
	 * True if the merchant wants anything shown.
	 *
	 * @return bool
	 */
	private static function shows_anything() {
		return Settings::get( 'notice' ) || Settings::get( 'ask_email' ) || Settings::get( 'ask_sms' );
	}

	/**
	 * True on the page with the checkout's form.
	 *
	 * @return bool
	 */
	private static function is_form() {
		return is_checkout() && ! is_order_received_page() && ! is_checkout_pay_page();
	}
}
