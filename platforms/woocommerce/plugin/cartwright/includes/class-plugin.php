<?php
/**
 * Puts the parts together.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Starts everything once WooCommerce is there, and says what is missing when it is not.
 */
final class Plugin {

	/**
	 * Tells WooCommerce that we work with its order tables and its cart and checkout blocks.
	 */
	public static function declare_compatibility() {
		$features = '\Automattic\WooCommerce\Utilities\FeaturesUtil';
		if ( ! class_exists( $features ) ) {
			return;
		}
		foreach ( array( 'custom_order_tables', 'cart_checkout_blocks' ) as $feature ) {
			$features::declare_compatibility( $feature, FILE, true );
		}
	}

	/**
	 * Registers every part's hooks. Without WooCommerce only the notice is left.
	 */
	public static function start() {
		if ( ! class_exists( 'WooCommerce' ) ) {
			add_action( 'admin_notices', array( self::class, 'say_what_is_missing' ) );
			return;
		}
		$carts     = new Carts();
		$announcer = new Announcer();
		$tracker   = new Tracker( $carts, $announcer );
		$parts     = array(
			new Installer( $carts ),
			$announcer,
			$tracker,
			new Webhooks( $carts ),
			new Capture( $tracker ),
			new Checkout( $tracker ),
			new Orders( $carts, $tracker ),
			new Views( $announcer ),
			new Restore( $carts, $tracker ),
			new Coupons(),
			new Status( $carts ),
			new Privacy( $carts ),
			new Settings_Page(),
		);
		foreach ( $parts as $part ) {
			$part->register();
		}
	}

	/**
	 * The notice that administrators see without WooCommerce.
	 */
	public static function say_what_is_missing() {
		if ( current_user_can( 'activate_plugins' ) ) {
			printf(
				'<div class="notice notice-warning"><p>%s</p></div>',
				esc_html__( 'Cartwright needs WooCommerce: install and activate it, and carts are told from then on.', 'cartwright' )
			);
		}
	}
}
