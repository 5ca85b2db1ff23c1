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
	 *
	 * @return bool|null
	 */
	private static function own_recovery_mail() {
		$found = null;
		foreach ( WC()->mailer()->get_emails() as $email ) {
			if ( 1 === preg_match( '/abandon|recover/i', (string) $email->id ) ) {
				$found = $found || $email->is_enabled();
			}
		}
		return $found;
	}
}
