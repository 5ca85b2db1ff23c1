<?php
/**
 * Takes what the checkout's script sends.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * `/?wc-ajax=cartwright_capture`: writes into the sender's own session and its cart, and into
 * nobody else's. It answers every accepted request alike, and never with anything that is kept.
 */
final class Capture {

	const ACTION = 'cartwright_capture';
	// Guests' nonces whose name begins so are bound to their own session.
	const NONCE = 'woocommerce-cartwright-capture';

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
		add_action( 'wc_ajax_' . self::ACTION, array( $this, 'answer' ) );
	}

	/**
	 * The endpoint.
	 */
	public function answer() {
		nocache_headers();
		if ( ! self::is_own_page() || ! check_ajax_referer( self::NONCE, 'security', false ) ) {
			wp_send_json( array( 'ok' => false ), 403 );
		}
		if ( ! Limiter::allows() ) {
			wp_send_json( array( 'ok' => false ), 429 );
		}
		if ( Session::available() && ! WC()->cart->is_empty() && Visitor::counts() ) {
			$this->take( wp_unslash( $_POST ) ); // phpcs:ignore WordPress.Security.NonceVerification.Missing -- checked above.
		}
		wp_send_json( array( 'ok' => true ) );
	}

	/**
	 * What she did.
	 *
	 * @param array $form The fields.
	 */
	private function take( array $form ) {
		if ( isset( $form['no'] ) ) {
			$this->tracker->decline();
			return;
		}
		if ( isset( $form['notice'] ) && Settings::get( 'notice' ) ) {
			Session::set( array( 'notice' => 1 ) );
		}
		$this->tracker->at_checkout();
		$this->keep_name( $form );
		$this->tracker->typed( Contact::of( $form['email'] ?? '', $form['phone'] ?? '' ) );
		$this->tracker->said( self::answer_to( $form, 'email' ), self::answer_to( $form, 'sms' ) );
	}

	/**
	 * A box's answer, if the merchant shows the box.
	 *
	 * @param array  $form   The fields.
	 * @param string $medium "email" or "sms".
	 * @return bool|null
	 */
	private static function answer_to( array $form, $medium ) {
		return Settings::get( "ask_{$medium}" ) ? Consent::of_form( $form, "accept_{$medium}" ) : null;
	}

	/**
	 * A guest's name goes where WooCommerce keeps it in her session; an account is never changed.
	 *
	 * @param array $form The fields.
	 */
	private function keep_name( array $form ) {
		if ( is_user_logged_in() || ! Session::get( 'notice' ) || ! Settings::get( 'notice' ) ) {
			return;
		}
		foreach ( array( 'first_name', 'last_name' ) as $field ) {
			$name = isset( $form[ $field ] ) && is_string( $form[ $field ] ) ? mb_substr( sanitize_text_field( $form[ $field ] ), 0, 100 ) : '';
			if ( '' !== $name ) {
				WC()->customer->{"set_billing_{$field}"}( $name );
			}
		}
	}

	/**
	 * True for a POST from a page of this very site, as far as the browser says.
	 *
	 * @return bool
	 */
	private static function is_own_page() {
		$method = isset( $_SERVER['REQUEST_METHOD'] ) ? sanitize_text_field( wp_unslash( $_SERVER['REQUEST_METHOD'] ) ) : '';
		$site   = isset( $_SERVER['HTTP_SEC_FETCH_SITE'] ) ? sanitize_text_field( wp_unslash( $_SERVER['HTTP_SEC_FETCH_SITE'] ) ) : 'same-origin';
		$origin = isset( $_SERVER['HTTP_ORIGIN'] ) ? sanitize_text_field( wp_unslash( $_SERVER['HTTP_ORIGIN'] ) ) : '';
		$host   = isset( $_SERVER['HTTP_HOST'] ) ? sanitize_text_field( wp_unslash( $_SERVER['HTTP_HOST'] ) ) : '';
		return 'POST' === $method && 'same-origin' === $site && self::is_origin_of( $origin, $host );
	}

	/**
	 * True if a page of that origin may write here; browsers that tell no origin are believed.
	 *
	 * @param string $origin The header, "https://shop.example".
	 * @param string $host   This request's host.
	 * @return bool
	 */
	public static function is_origin_of( $origin, $host ) {
		$port = wp_parse_url( $origin, PHP_URL_PORT );
		return '' === $origin || strtolower( $host ) === strtolower( wp_parse_url( $origin, PHP_URL_HOST ) . ( $port ? ":{$port}" : '' ) );
	}
}
