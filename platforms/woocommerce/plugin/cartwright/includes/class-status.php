<?php
/**
 * How the shop is doing, for the service.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * `GET /wp-json/wc-cartwright/v1/status`, for keys of whoever manages the shop.
 */
final class Status {

	const SPACE = 'wc-cartwright/v1';

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
		add_action( 'rest_api_init', array( $this, 'add_route' ) );
		add_filter( 'woocommerce_rest_is_request_to_rest_api', array( $this, 'know_plain_address' ) );
	}

	/**
	 * WooCommerce knows its API by "wp-json/wc/" in the address, and so takes no keys in shops with
	 * plain permalinks, where the address is "/?rest_route=/wc/v3/…".
	 *
	 * @param bool $known Whether WooCommerce knows the address.
	 * @return bool
	 */
	public function know_plain_address( $known ) {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- which address was called, no more.
		$route = isset( $_GET['rest_route'] ) && is_string( $_GET['rest_route'] ) ? sanitize_text_field( wp_unslash( $_GET['rest_route'] ) ) : '';
		return $known || 1 === preg_match( '#\A/wc[/-]#', $route );
	}

	/**
	 * The route.
	 */
	public function add_route() {
		$route = array(
			'methods'             => 'GET',
			'callback'            => array( $this, 'answer' ),
			'permission_callback' => array( $this, 'may' ),
		);
		register_rest_route( self::SPACE, '/status', $route );
	}

	/**
	 * Whether this caller manages the shop.
	 *
	 * @return bool
	 */
	public function may() {
		return current_user_can( 'manage_woocommerce' );
	}

	/**
	 * The answer.
	 *
	 * @return \WP_REST_Response
	 */
	public function answer() {
		$order_util = '\Automattic\WooCommerce\Utilities\OrderUtil';
		return rest_ensure_response(
			array(
				'plugin'            => VERSION,
				'woocommerce'       => WC()->version,
				'wordpress'         => get_bloginfo( 'version' ),
				'php'               => PHP_VERSION,
				'hpos'              => class_exists( $order_util ) && $order_util::custom_orders_table_usage_is_enabled(),
				'checkout'          => self::kind_of_page( 'checkout' ),
				'cart'              => self::kind_of_page( 'cart' ),
				'permalinks'        => '' === (string) get_option( 'permalink_structure' ) ? 'plain' : 'pretty',
				'cron'              => array(
					'disabled'     => defined( 'DISABLE_WP_CRON' ) && DISABLE_WP_CRON,
					'oldest_due_s' => self::oldest_due( time() ),
				),
				'direct_push'       => (bool) Settings::get( 'push' ),
				'notice'            => (bool) Settings::get( 'notice' ),
				'currency'          => get_option( 'woocommerce_currency' ),
				'own_recovery_mail' => self::own_recovery_mail(),
				'carts'             => $this->carts->count_since( DAY_IN_SECONDS ),
			)
		);
	}

	/**
	 * Whether a page of the shop is made of the block or of the shortcode.
	 *
	 * @param string $page "cart" or "checkout".
	 * @return string
	 */
	private static function kind_of_page( $page ) {
		return \WC_Blocks_Utils::has_block_in_page( wc_get_page_id( $page ), "woocommerce/{$page}" ) ? 'block' : 'classic';
	}

	/**
	 * How late the latest waiting action is, in seconds; 0 when nothing is overdue.
	 *
	 * @param int $now Now.
	 * @return int
	 */
	private static function oldest_due( $now ) {
		$due  = array_keys( array_filter( (array) _get_cron_array() ) );
		$late = array_map( 'intval', array_filter( $due, 'is_numeric' ) );
		foreach ( self::overdue_actions() as $action ) {
			$date   = $action->get_schedule()->get_date();
			$late[] = $date ? $date->getTimestamp() : $now;
		}
		return array() === $late ? 0 : max( 0, $now - min( $late ) );
	}

	/**
	 * The oldest action of Action Scheduler that should have run.
	 *
	 * @return \ActionScheduler_Action[]
	 */
	private static function overdue_actions() {
		return as_get_scheduled_actions(
			array(
				'status'       => \ActionScheduler_Store::STATUS_PENDING,
				'date'         => as_get_datetime_object(),
				'date_compare' => '<=',
				'orderby'      => 'date',
				'order'        => 'ASC',
				'per_page'     => 1,
			)
		);
	}

	/**
	 * Whether WooCommerce itself writes to people who left a cart; null where it has no such mail.
	 * Since 11.0 it has one behind a feature switch; enabled, it may still wait for a click in the order.
	 *
	 * @return bool|null
	 */
	private static function own_recovery_mail() {
		$found = null;
		foreach ( WC()->mailer()->get_emails() as $email ) {
			if ( 1 === preg_match( '/abandon|recover/i', (string) $email->id ) ) {
				$by_hand = is_callable( array( $email, 'is_automated' ) ) && ! $email->is_automated();
				$found   = $found || ( $email->is_enabled() && ! $by_hand );
			}
		}
		return $found;
	}
}
