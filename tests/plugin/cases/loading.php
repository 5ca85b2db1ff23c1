<?php
use Cartwright\Plugin;

function test_without_woocommerce_only_a_notice_is_left() {
	same( array( array( Plugin::class, 'start' ) ), $GLOBALS['registered']['plugins_loaded'] );
	Plugin::declare_compatibility();
	Plugin::start();
	same( array( 'before_woocommerce_init', 'plugins_loaded', 'admin_notices' ), array_keys( $GLOBALS['registered'] ) );
	ob_start();
	Plugin::say_what_is_missing();
	same( true, false !== strpos( ob_get_clean(), 'Cartwright needs WooCommerce' ) );
}

function test_every_class_is_found_by_its_name() {
	foreach ( glob( $GLOBALS['argv'][1] . '/includes/class-*.php' ) as $path ) {
		$words = explode( '-', substr( basename( $path, '.php' ), 6 ) );
		same( true, class_exists( 'Cartwright\\' . implode( '_', array_map( 'ucfirst', $words ) ) ), $path );
	}
}
