<?php
/**
 * Orders and the carts they were.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Writes the cart's key and what she said about marketing into the order, on both checkouts.
 */
final class Orders {

	const META   = '_cartwright_cart';
	const FROM   = '_cartwright_from';
	const UNPAID = array( 'pending', 'failed', 'cancelled', 'checkout-draft', 'trash' );

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
	 * Hooks.
	 */
	public function register() {
		add_action( 'woocommerce_checkout_create_order', array( $this, 'mark' ) );
		add_action( 'woocommerce_store_api_checkout_update_order_meta', array( $this, 'mark_and_save' ) );
		add_action( 'woocommerce_checkout_order_processed', array( $this, 'placed' ), 10, 3 );
		add_action( 'woocommerce_store_api_checkout_order_processed', array( $this, 'placed_by_block' ) );
	}

	/**
	 * Writes into an order that WooCommerce is about to save.
	 *
	 * @param \WC_Order $order The order.
	 */
	public function mark( $order ) {
		$key = Session::available() ? Session::get( 'key' ) : '';
		if ( '' === $key ) {
			return;
		}
		$order->update_meta_data( self::META, $key );
		if ( '' !== Session::get( 'from' ) ) {
			$order->update_meta_data( self::FROM, Session::get( 'from' ) );
		}
		$row     = $this->carts->find( $key );
		$consent = null === $row ? array() : Consent::as_order_meta( Consent::of_row( $row ) );
		if ( Visitor::said_no() ) {
			$consent[ Consent::ORDER_META['email'] ] = 'no';
		}
		foreach ( $consent as $name => $word ) {
			$order->update_meta_data( $name, $word );
		}
	}

	/**
	 * Writes into an order that may not be saved again: a draft.
	 *
	 * @param \WC_Order $order The order.
	 */
	public function mark_and_save( $order ) {
		$this->mark( $order );
		if ( Session::available() && '' !== Session::get( 'key' ) ) {
			$order->save_meta_data();
		}
	}

	/**
	 * The classic checkout placed an order.
	 *
	 * @param int       $order_id The order's id.
	 * @param array     $data     The form.
	 * @param \WC_Order $order    The order.
	 */
	public function placed( $order_id, $data, $order ) {
		$this->placed_by_block( $order );
	}

	/**
	 * An order was placed, paid or not.
	 *
	 * @param \WC_Order $order The order.
	 */
	public function placed_by_block( $order ) {
		$key = Session::available() ? Session::get( 'key' ) : '';
		if ( '' !== $key ) {
			$this->carts->mark_ordered( $key, $order->get_id() );
			$this->mark_the_restored( $order );
			Session::set( array( 'order' => $order->get_id() ) );
			$this->tracker->order_made();
		}
	}

	/**
	 * She opened her link on another device, and bought there: her first cart is bought too.
	 *
	 * @param \WC_Order $order The order.
	 */
	private function mark_the_restored( $order ) {
		$row = '' === Session::get( 'from' ) ? null : $this->carts->find( Session::get( 'from' ) );
		if ( null !== $row && '' !== $row['email'] && 0 === strcasecmp( $row['email'], $order->get_billing_email() ) ) {
			$this->carts->mark_ordered( $row['cart_key'], $order->get_id() );
		}
	}

	/**
	 * True for an order that is no cart any more.
	 *
	 * @param int $order_id The order's id, 0 for none.
	 * @return bool
	 */
	public static function is_placed( $order_id ) {
		$order = $order_id ? wc_get_order( $order_id ) : false;
		return $order && ! $order->has_status( self::UNPAID );
	}
}
