<?php
/**
 * Plugin Name: Cartwright for WooCommerce
 * Plugin URI: https://wordpress.org/plugins/cartwright/
 * Description: Tells your Cartwright service about carts, so that it can win abandoned ones back: on the block and the classic checkout, with a notice to the shopper and her way out.
 * Version: 1.0.0
 * Requires at least: 6.5
 * Requires PHP: 7.4
 * Requires Plugins: woocommerce
 * WC requires at least: 9.0
 * WC tested up to: 11.0
 * Author: Cartwright
 * License: GPL-2.0-or-later
 * License URI: https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain: cartwright
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

const VERSION = '1.0.0';
const FILE    = __FILE__;

spl_autoload_register(
	static function ( $name ) {
		if ( 0 !== strpos( $name, __NAMESPACE__ . '\\' ) ) {
			return;
		}
		$short = str_replace( '_', '-', strtolower( substr( $name, strlen( __NAMESPACE__ ) + 1 ) ) );
		$path  = __DIR__ . '/includes/class-' . $short . '.php';
		if ( is_readable( $path ) ) {
			require_once $path;
		}
	}
);

register_activation_hook( __FILE__, array( Installer::class, 'activate' ) );
register_deactivation_hook( __FILE__, array( Installer::class, 'deactivate' ) );
add_action( 'before_woocommerce_init', array( Plugin::class, 'declare_compatibility' ) );
add_action( 'plugins_loaded', array( Plugin::class, 'start' ), 20 );
