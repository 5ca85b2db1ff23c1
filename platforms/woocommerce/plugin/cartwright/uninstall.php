<?php
/**
 * Removes everything that is ours. What lies on placed orders stays: it is the merchant's books.
 *
 * @package Cartwright
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/**
 * Cleans one site.
 */
function cartwright_uninstall_site() {
	global $wpdb;
	foreach ( array( 'cartwright_settings', 'cartwright_db_version', 'cartwright_last_failure' ) as $option ) {
		delete_option( $option );
	}
	wp_clear_scheduled_hook( 'cartwright_clean_up' );
	// phpcs:disable WordPress.DB.DirectDatabaseQuery -- WordPress has no other way to a table and to transients by their beginning.
	$wpdb->query( $wpdb->prepare( 'DROP TABLE IF EXISTS %i', $wpdb->prefix . 'cartwright_carts' ) );
	foreach ( array( '_transient_cartwright_', '_transient_timeout_cartwright_' ) as $beginning ) {
		$wpdb->query( $wpdb->prepare( 'DELETE FROM %i WHERE option_name LIKE %s', $wpdb->options, $wpdb->esc_like( $beginning ) . '%' ) );
	}
	// phpcs:enable
	cartwright_uninstall_webhooks();
}

/**
 * The webhooks of our topics, and their deliveries that wait: nobody can build their bodies any more.
 */
function cartwright_uninstall_webhooks() {
	if ( ! class_exists( 'WC_Data_Store' ) || ! function_exists( 'wc_get_webhook' ) ) {
		return;
	}
	foreach ( WC_Data_Store::load( 'webhook' )->get_webhooks_ids() as $id ) {
		$webhook = wc_get_webhook( $id );
		if ( ! $webhook || 0 !== strpos( $webhook->get_topic(), 'cart.' ) ) {
			continue;
		}
		$waiting = array(
			'hook'     => 'woocommerce_deliver_webhook_async',
			'group'    => 'woocommerce-webhooks',
			'status'   => 'pending',
			'per_page' => -1,
		);
		foreach ( as_get_scheduled_actions( $waiting ) as $action ) {
			$args = $action->get_args();
			if ( isset( $args['webhook_id'] ) && (int) $args['webhook_id'] === (int) $id ) {
				as_unschedule_all_actions( 'woocommerce_deliver_webhook_async', $args, 'woocommerce-webhooks' );
			}
		}
		$webhook->delete( true );
	}
}

if ( is_multisite() ) {
	foreach ( get_sites(
		array(
			'fields' => 'ids',
			'number' => 0,
		)
	) as $cartwright_site ) {
		switch_to_blog( $cartwright_site );
		cartwright_uninstall_site();
		restore_current_blog();
	}
} else {
	cartwright_uninstall_site();
}
delete_metadata( 'user', 0, 'cartwright_no_thanks', '', true );
