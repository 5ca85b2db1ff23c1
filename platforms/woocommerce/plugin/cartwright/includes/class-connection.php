<?php
/**
 * The webhooks through which the service hears of carts.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Finds them: whoever subscribed to our topic is the service, and its other webhooks go to the
 * same address.
 */
final class Connection {

	/**
	 * All webhooks that go to the service, whatever their state.
	 *
	 * @return \WC_Webhook[]
	 */
	public static function webhooks() {
		$all       = array_filter( array_map( 'wc_get_webhook', \WC_Data_Store::load( 'webhook' )->get_webhooks_ids() ) );
		$addresses = array();
		foreach ( $all as $webhook ) {
			if ( 'cart' === $webhook->get_resource() ) {
				$addresses[ $webhook->get_delivery_url() ] = true;
			}
		}
		return array_values(
			array_filter(
				$all,
				static function ( $webhook ) use ( $addresses ) {
					return isset( $addresses[ $webhook->get_delivery_url() ] );
				}
			)
		);
	}

	/**
	 * One `cart.updated` webhook for each address of a service, active ones first: a disabled one
	 * does not mean that nothing is kept there.
	 *
	 * @return \WC_Webhook[]
	 */
	public static function services() {
		$found = array();
		foreach ( array( true, false ) as $active ) {
			foreach ( self::webhooks() as $webhook ) {
				$fits = 'cart.updated' === $webhook->get_topic() && ( 'active' === $webhook->get_status() ) === $active;
				if ( $fits && ! isset( $found[ $webhook->get_delivery_url() ] ) ) {
					$found[ $webhook->get_delivery_url() ] = $webhook;
				}
			}
		}
		return array_values( $found );
	}
}
