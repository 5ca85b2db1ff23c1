<?php
/**
 * Our own webhook topics.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Teaches WooCommerce `cart.updated` and `cart.viewed`, builds their bodies at delivery, and
 * notes how deliveries went. Delivery and signature are WooCommerce's.
 */
final class Webhooks {

	const LAST_FAILURE = 'cartwright_last_failure';

	/**
	 * The carts.
	 *
	 * @var Carts
	 */
	private $carts;

	/**
	 * Takes the carts.
	 *
	 * @param Carts $carts The carts.
	 */
	public function __construct( Carts $carts ) {
		$this->carts = $carts;
	}

	/**
	 * Hooks.
	 */
	public function register() {
		add_filter( 'woocommerce_valid_webhook_resources', array( $this, 'add_resource' ) );
		add_filter( 'woocommerce_valid_webhook_events', array( $this, 'add_event' ) );
		add_filter( 'woocommerce_webhook_topic_hooks', array( $this, 'add_hooks' ) );
		add_filter( 'woocommerce_webhook_topics', array( $this, 'add_topics' ) );
		add_filter( 'woocommerce_webhook_payload', array( $this, 'build' ), 10, 3 );
		add_action( 'woocommerce_webhook_delivery', array( $this, 'note' ), 10, 5 );
	}

	/**
	 * The resource.
	 *
	 * @param string[] $resources Known ones.
	 * @return string[]
	 */
	public function add_resource( $resources ) {
		return array_merge( $resources, array( 'cart' ) );
	}

	/**
	 * The event.
	 *
	 * @param string[] $events Known ones.
	 * @return string[]
	 */
	public function add_event( $events ) {
		return array_merge( $events, array( 'viewed' ) );
	}

	/**
	 * Which hook is behind which topic.
	 *
	 * @param array $hooks Known ones.
	 * @return array
	 */
	public function add_hooks( $hooks ) {
		$hooks['cart.updated'] = array( Announcer::CART_HOOK );
		$hooks['cart.viewed']  = array( Announcer::VIEW_HOOK );
		return $hooks;
	}

	/**
	 * The topics as WooCommerce's settings list them.
	 *
	 * @param array $topics Known ones.
	 * @return array
	 */
	public function add_topics( $topics ) {
		$topics['cart.updated'] = __( 'Cart updated (Cartwright)', 'cartwright' );
		$topics['cart.viewed']  = __( 'Product viewed (Cartwright)', 'cartwright' );
		return $topics;
	}

	/**
	 * The body, built when it is delivered: several changes that wait are one delivery.
	 *
	 * @param mixed  $payload     WooCommerce's.
	 * @param string $resource_of The webhook's resource.
	 * @param mixed  $arg         The hook's argument: a cart's key, or a look.
	 * @return mixed
	 */
	public function build( $payload, $resource_of, $arg ) {
		if ( 'cart' !== $resource_of ) {
			return $payload;
		}
		$view = View::unpack( $arg );
		if ( null !== $view ) {
			return $this->view( $view );
		}
		return Keys::is_cart( $arg ) ? $this->cart( $arg ) : $payload;
	}

	/**
	 * Notes how a delivery went.
	 *
	 * @param array           $request    What was sent.
	 * @param array|\WP_Error $response   What came back.
	 * @param float           $duration   How long it took.
	 * @param mixed           $arg        The hook's argument.
	 * @param int             $webhook_id The webhook.
	 */
	public function note( $request, $response, $duration, $arg, $webhook_id ) {
		$resource_of = isset( $request['headers']['X-WC-Webhook-Resource'] ) ? $request['headers']['X-WC-Webhook-Resource'] : '';
		if ( 'cart' !== $resource_of ) {
			return;
		}
		$code = (int) wp_remote_retrieve_response_code( $response );
		if ( $code >= 200 && $code < 300 ) {
			if ( Keys::is_cart( $arg ) ) {
				$this->carts->mark_told( $arg );
			}
			return;
		}
		$failure = array(
			'at'      => time(),
			'webhook' => (int) $webhook_id,
			'code'    => $code,
			'reason'  => is_wp_error( $response ) ? mb_substr( $response->get_error_message(), 0, 200 ) : '',
		);
		update_option( self::LAST_FAILURE, $failure, false );
	}

	/**
	 * The body about a cart.
	 *
	 * @param string $key The cart's key.
	 * @return array
	 */
	private function cart( $key ) {
		$row = $this->carts->find( $key );
		if ( null === $row ) {
			return Payload::gone( $key, gmdate( 'Y-m-d H:i:s' ) );
		}
		return Payload::cart( $row, Restore::link( $key ), array( $this, 'pictures' ) );
	}

	/**
	 * An item's image and page; "" for a product that is gone.
	 *
	 * @param array $item The item.
	 * @return string[]
	 */
	public function pictures( array $item ) {
		$product = wc_get_product( $item['variation_id'] ? $item['variation_id'] : $item['product_id'] );
		if ( ! $product ) {
			return array( '', '' );
		}
		$image = wp_get_attachment_image_url( (int) $product->get_image_id(), 'woocommerce_thumbnail' );
		return array( (string) $image, (string) $product->get_permalink() );
	}

	/**
	 * The body about a look.
	 *
	 * @param View $view The look.
	 * @return array
	 */
	private function view( View $view ) {
		$product = wc_get_product( $view->product_id );
		return Payload::view( $view, $product ? $product->get_name() : '', $this->contact( $view ) );
	}

	/**
	 * Whose look it was, as far as her cart or her account tells.
	 *
	 * @param View $view The look.
	 * @return array{email: string, phone: string}
	 */
	private function contact( View $view ) {
		$row  = $this->carts->find( $view->key );
		$user = $view->user_id ? get_userdata( $view->user_id ) : false;
		if ( null !== $row && '' !== $row['email'] . $row['phone'] ) {
			return array(
				'email' => $row['email'],
				'phone' => $row['phone'],
			);
		}
		return $user ? Contact::of( $user->user_email, get_user_meta( $user->ID, 'billing_phone', true ) ) : Contact::of( '', '' );
	}
}
