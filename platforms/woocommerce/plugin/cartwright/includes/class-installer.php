<?php
/**
 * The table, its versions, and the daily clean-up.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Makes the table on activation and on a change of version, and keeps it small.
 */
final class Installer {

	const DB_VERSION = '1';
	const OPTION     = 'cartwright_db_version';
	const CLEAN_UP   = 'cartwright_clean_up';
	const KEEP_DAYS  = 60;

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
		add_action( 'init', array( self::class, 'bring_up_to_date' ), 5 );
		add_action( self::CLEAN_UP, array( $this, 'clean_up' ) );
	}

	/**
	 * On activation.
	 */
	public static function activate() {
		self::make_table();
		self::plan_clean_up();
		add_option( Settings::OPTION, array() ); // An option that is not there costs a query with every page.
	}

	/**
	 * On deactivation: nothing of ours runs any more; the data stay.
	 */
	public static function deactivate() {
		wp_clear_scheduled_hook( self::CLEAN_UP );
	}

	/**
	 * After an update the activation hook does not run: the version tells.
	 */
	public static function bring_up_to_date() {
		if ( self::DB_VERSION !== get_option( self::OPTION ) ) {
			self::activate();
		}
	}

	/**
	 * Forgets old carts, and addresses of people who said no.
	 */
	public function clean_up() {
		$this->carts->delete_older_than( self::KEEP_DAYS * DAY_IN_SECONDS );
		$this->carts->forget_declined( DAY_IN_SECONDS );
	}

	/**
	 * Once a day by WP-Cron.
	 */
	private static function plan_clean_up() {
		if ( ! wp_next_scheduled( self::CLEAN_UP ) ) {
			wp_schedule_event( time() + HOUR_IN_SECONDS, 'daily', self::CLEAN_UP );
		}
	}

	/**
	 * The table as it should be; dbDelta brings an older one forward.
	 */
	private static function make_table() {
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		dbDelta( Carts::definition( $wpdb->get_charset_collate() ) );
		update_option( self::OPTION, self::DB_VERSION );
	}
}
