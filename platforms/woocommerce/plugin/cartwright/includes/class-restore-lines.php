<?php
/**
 * Puts a kept cart's items back.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Looks each item up, lets Restore_Plan decide, does it, and tells her what could not be done.
 */
final class Restore_Lines {

	/**
	 * The kept items.
	 *
	 * @var array[]
	 */
	private $items;

	/**
	 * The lines that were added: their key in the cart => the kept item.
	 *
	 * @var array<string, array>
	 */
	private $added = array();

	/**
	 * Takes the kept items.
	 *
	 * @param array[] $items The kept items.
	 */
	public function __construct( array $items ) {
		$this->items = $items;
	}

	/**
	 * Adds what is missing. Why WooCommerce itself refuses a line, it tells in its own words.
	 */
	public function add() {
		foreach ( $this->items as $item ) {
			$product = wc_get_product( $item['variation_id'] ? $item['variation_id'] : $item['product_id'] );
			$line    = self::line_of( $item );
			$have    = '' === $line ? 0 : WC()->cart->get_cart()[ $line ]['quantity'];
			$plan    = self::plan( $item, $product ? $product : null, $have );
			if ( $plan['add'] > 0 ) {
				$this->put( $item, $line, $plan );
			}
			self::tell( $plan, $item, $product ? $product : null );
		}
	}

	/**
	 * Tells of prices that are not what she saw.
	 *
	 * @param string $currency The kept cart's currency.
	 */
	public function tell_prices( $currency ) {
		$same = get_woocommerce_currency() === $currency;
		foreach ( Reader::items() as $now ) {
			$then = isset( $this->added[ $now['key'] ] ) ? $this->added[ $now['key'] ]['price'] : '';
			if ( Restore_Plan::price_changed( $then, $now['price'], $same, wc_get_price_decimals() ) ) {
				/* translators: 1: product, 2: price then, 3: price now */
				$text = __( 'The price of “%1$s” has changed from %2$s to %3$s.', 'cartwright' );
				wc_add_notice( sprintf( $text, esc_html( $now['name'] ), wc_price( $then ), wc_price( $now['price'] ) ), 'notice' );
			}
		}
	}

	/**
	 * What to do with an item.
	 *
	 * @param array            $item    The item.
	 * @param \WC_Product|null $product Its product.
	 * @param float            $have    How many are in the cart.
	 * @return array
	 */
	private static function plan( array $item, $product, $have ) {
		$there = null !== $product && 'trash' !== $product->get_status() && $product->is_purchasable();
		$left  = $there && $product->managing_stock() && ! $product->backorders_allowed() ? $product->get_stock_quantity() : null;
		return Restore_Plan::item( $item['quantity'], $have, $there, $there && $product->is_in_stock(), $left );
	}

	/**
	 * Puts an item into the cart.
	 *
	 * @param array  $item The item.
	 * @param string $line The line it has already, or "".
	 * @param array  $plan What to do.
	 */
	private function put( array $item, $line, array $plan ) {
		if ( '' !== $line ) {
			WC()->cart->set_quantity( $line, $plan['quantity'], false );
		} else {
			$line = WC()->cart->add_to_cart( $item['product_id'], $plan['add'], $item['variation_id'], $item['variation'], $item['meta'] );
		}
		if ( $line ) {
			$this->added[ $line ] = $item;
		}
	}

	/**
	 * The line of the cart that is this very item: by its key, else by goods, choice and meta.
	 *
	 * @param array $item The item.
	 * @return string Its key, or "".
	 */
	private static function line_of( array $item ) {
		$lines = WC()->cart->get_cart();
		if ( isset( $lines[ $item['key'] ] ) ) {
			return $item['key'];
		}
		$key = WC()->cart->generate_cart_id( $item['product_id'], $item['variation_id'], $item['variation'], $item['meta'] );
		return isset( $lines[ $key ] ) ? $key : '';
	}

	/**
	 * Tells what could not be done.
	 *
	 * @param array            $plan    What was done.
	 * @param array            $item    The item.
	 * @param \WC_Product|null $product Its product.
	 */
	private static function tell( array $plan, array $item, $product ) {
		$texts = array(
			/* translators: 1: product */
			Restore_Plan::GONE     => __( '“%1$s” is no longer in our shop.', 'cartwright' ),
			/* translators: 1: product */
			Restore_Plan::SOLD_OUT => __( '“%1$s” is sold out at the moment.', 'cartwright' ),
			/* translators: 1: product, 2: how many */
			Restore_Plan::FEWER    => __( 'Of “%1$s” only %2$s are left.', 'cartwright' ),
		);
		if ( '' !== $plan['note'] ) {
			$name = null === $product ? $item['name'] : $product->get_name();
			wc_add_notice( sprintf( $texts[ $plan['note'] ], esc_html( $name ), esc_html( $plan['quantity'] ) ), 'notice' );
		}
	}
}
