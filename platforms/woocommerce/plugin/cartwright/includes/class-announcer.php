<?php
/**
 * Tells WooCommerce's webhooks what happened.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Fires the hooks behind our topics. WooCommerce queues the deliveries; where the merchant wants
 * it, we deliver at once, after the shopper has her answer, by WooCommerce's own deliver().
 */
final class Announcer {

	const CART_HOOK = 'cartwright_cart_updated';
	const VIEW_HOOK = 'cartwright_cart_viewed';
	const DELIVERY  = 'woocommerce_deliver_webhook_async';
	const GROUP     = 'woocommerce-webhooks';
	const LATER     = 60;
	const REST      = 'cartwright_push_rest';
	const REST_FOR  = 300;

	/**
	 * What is to be delivered at once: [webhook, argument] each.
	 *
	 * @var array[]
	 */
	private $waiting = array();

	/**
	 * Hooks. The session is saved at shutdown 20: then nothing is left to do for the shopper.
	 */
	public function register() {
		if ( Settings::get( 'push' ) ) {
			add_filter( 'woocommerce_webhook_should_deliver', array( $this, 'take' ), 100, 3 );
			add_action( 'shutdown', array( $this, 'plan' ), 10 );
			add_action( 'shutdown', array( $this, 'push' ), 100 );
		}
	}

	/**
	 * A cart changed.
	 *
	 * @param string $key The cart's key.
	 */
	public function cart( $key ) {
		/**
		 * A cart changed; behind the webhook topic `cart.updated`.
		 *
		 * @since 1.0.0
		 * @param string $key The cart's key.
		 */
		do_action( 'cartwright_cart_updated', $key );
	}

	/**
	 * A product was looked at.
	 *
	 * @param View $view The look.
	 */
	public function view( View $view ) {
		/**
		 * A product was looked at; behind the webhook topic `cart.viewed`.
		 *
		 * @since 1.0.0
		 * @param string $view The look as a short text.
		 */
		do_action( 'cartwright_cart_viewed', $view->pack() );
	}

	/**
	 * Takes our topics out of WooCommerce's hands. Orders stay in them: their bodies cannot be
	 * built during a Store API request, where the routes of wc/v3 are not loaded. After a failure
	 * all go by the queue for a while: a service that sleeps shall not cost every shopper time.
	 *
	 * @param bool        $should  Whether WooCommerce would deliver.
	 * @param \WC_Webhook $webhook The webhook.
	 * @param mixed       $arg     The hook's argument.
	 * @return bool
	 */
	public function take( $should, $webhook, $arg ) {
		if ( ! $should || 'cart' !== $webhook->get_resource() || get_transient( self::REST ) ) {
			return $should;
		}
		$this->waiting[ $webhook->get_id() . ' ' . $arg ] = array( $webhook, $arg );
		return false;
	}

	/**
	 * Queues the deliveries for a minute later: if this process dies, nothing is lost.
	 */
	public function plan() {
		foreach ( $this->waiting as list( $webhook, $arg ) ) {
			$args = self::args( $webhook, $arg );
			if ( ! is_numeric( as_next_scheduled_action( self::DELIVERY, $args, self::GROUP ) ) ) {
				as_schedule_single_action( time() + self::LATER, self::DELIVERY, $args, self::GROUP );
			}
		}
	}

	/**
	 * Delivers, once the shopper has her answer.
	 */
	public function push() {
		if ( array() === $this->waiting ) {
			return;
		}
		$timeout = self::let_her_go() ? 5 : 1;
		$short   = static function ( $request ) use ( $timeout ) {
			return array( 'timeout' => $timeout ) + $request;
		};
		add_filter( 'woocommerce_webhook_http_args', $short, 100 );
		foreach ( $this->waiting as list( $webhook, $arg ) ) {
			$this->deliver( $webhook, $arg );
		}
		remove_filter( 'woocommerce_webhook_http_args', $short, 100 );
		$this->waiting = array();
	}

	/**
	 * One delivery. What arrived is taken out of the queue; what did not is left there, and the
	 * failure is not counted: the queue's own try, with its longer patience, counts.
	 *
	 * @param \WC_Webhook $webhook The webhook.
	 * @param mixed       $arg     The hook's argument.
	 */
	private function deliver( $webhook, $arg ) {
		$failures = $webhook->get_failure_count();
		$status   = $webhook->get_status();
		$webhook->deliver( $arg );
		if ( 0 === $webhook->get_failure_count() ) {
			as_unschedule_all_actions( self::DELIVERY, self::args( $webhook, $arg ), self::GROUP );
			return;
		}
		set_transient( self::REST, 1, self::REST_FOR );
		$webhook->set_failure_count( $failures );
		$webhook->set_status( $status );
		$webhook->save();
	}

	/**
	 * Ends the response. True if the server could.
	 *
	 * @return bool
	 */
	private static function let_her_go() {
		foreach ( array( 'fastcgi_finish_request', 'litespeed_finish_request' ) as $finish ) {
			if ( function_exists( $finish ) ) {
				return (bool) $finish();
			}
		}
		return false;
	}

	/**
	 * A queued delivery's arguments, as WooCommerce writes them.
	 *
	 * @param \WC_Webhook $webhook The webhook.
	 * @param mixed       $arg     The hook's argument.
	 * @return array
	 */
	private static function args( $webhook, $arg ) {
		return array(
			'webhook_id' => $webhook->get_id(),
			'arg'        => $arg,
		);
	}
}
