<?php
/**
 * The table of carts.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- our own table: WordPress has no other way to it.

/**
 * One row a cart: what is in it, whose it is, and how it can be restored.
 */
final class Carts {

	/**
	 * The table's name.
	 *
	 * @return string
	 */
	public static function table() {
		global $wpdb;
		return $wpdb->prefix . 'cartwright_carts';
	}

	/**
	 * The table for dbDelta, which wants two blanks after PRIMARY KEY.
	 *
	 * @param string $collate Character set and collation.
	 * @return string
	 */
	public static function definition( $collate ) {
		$table = self::table();
		return "CREATE TABLE {$table} (
			id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
			cart_key char(32) NOT NULL,
			session_key varchar(64) NOT NULL DEFAULT '',
			user_id bigint(20) unsigned NOT NULL DEFAULT 0,
			restore_hash char(64) NOT NULL,
			snapshot longtext NOT NULL,
			email varchar(200) NOT NULL DEFAULT '',
			phone varchar(50) NOT NULL DEFAULT '',
			currency varchar(10) NOT NULL DEFAULT '',
			locale varchar(20) NOT NULL DEFAULT '',
			stage varchar(10) NOT NULL DEFAULT 'cart',
			revision bigint(20) unsigned NOT NULL DEFAULT 1,
			told tinyint(1) NOT NULL DEFAULT 0,
			consent_email tinyint(1) DEFAULT NULL,
			consent_sms tinyint(1) DEFAULT NULL,
			order_id bigint(20) unsigned NOT NULL DEFAULT 0,
			created_at datetime NOT NULL,
			updated_at datetime NOT NULL,
			PRIMARY KEY  (id),
			UNIQUE KEY cart_key (cart_key),
			KEY restore_hash (restore_hash),
			KEY session_key (session_key),
			KEY email (email(100)),
			KEY user_id (user_id),
			KEY updated_at (updated_at)
		) {$collate};";
	}

	/**
	 * A cart by its key.
	 *
	 * @param string $key The cart's key.
	 * @return array|null
	 */
	public function find( $key ) {
		global $wpdb;
		return $wpdb->get_row( $wpdb->prepare( 'SELECT * FROM %i WHERE cart_key = %s', self::table(), $key ), ARRAY_A );
	}

	/**
	 * A cart by the key in its link; the table knows only the key's hash.
	 *
	 * @param string $restore_key The key in the link.
	 * @return array|null
	 */
	public function find_by_link( $restore_key ) {
		global $wpdb;
		$hash = Keys::hash( $restore_key );
		return $wpdb->get_row( $wpdb->prepare( 'SELECT * FROM %i WHERE restore_hash = %s', self::table(), $hash ), ARRAY_A );
	}

	/**
	 * A person's carts, oldest first.
	 *
	 * @param string $email   Her address.
	 * @param int    $user_id Her account, 0 for none.
	 * @return array[]
	 */
	public function of_person( $email, $user_id ) {
		global $wpdb;
		return $wpdb->get_results(
			$wpdb->prepare(
				'SELECT * FROM %i WHERE email = %s OR ( user_id > 0 AND user_id = %d ) ORDER BY id',
				self::table(),
				$email,
				$user_id
			),
			ARRAY_A
		);
	}

	/**
	 * Writes a cart in one statement; its revision goes up, and an address that was typed before stays.
	 *
	 * @param string $key The cart's key.
	 * @param array  $row Columns: session_key, user_id, snapshot, email, phone, currency, locale, stage.
	 */
	public function save( $key, array $row ) {
		global $wpdb;
		$now = gmdate( 'Y-m-d H:i:s' );
		$wpdb->query(
			$wpdb->prepare(
				'INSERT INTO %i ( cart_key, restore_hash, session_key, user_id, snapshot, email, phone, currency, locale, stage, created_at, updated_at )
				VALUES ( %s, %s, %s, %d, %s, %s, %s, %s, %s, %s, %s, %s )
				ON DUPLICATE KEY UPDATE revision = revision + 1, restore_hash = VALUES(restore_hash), session_key = VALUES(session_key),
				user_id = VALUES(user_id), snapshot = VALUES(snapshot), currency = VALUES(currency), locale = VALUES(locale),
				stage = VALUES(stage), updated_at = VALUES(updated_at),
				email = IF( VALUES(email) = \'\', email, VALUES(email) ), phone = IF( VALUES(phone) = \'\', phone, VALUES(phone) )',
				array(
					self::table(),
					$key,
					Keys::hash( Keys::restore( $key ) ),
					$row['session_key'],
					$row['user_id'],
					$row['snapshot'],
					$row['email'],
					$row['phone'],
					$row['currency'],
					$row['locale'],
					$row['stage'],
					$now,
					$now,
				)
			)
		);
	}

	/**
	 * What she said about marketing; null leaves what she said before.
	 *
	 * @param string    $key   The cart's key.
	 * @param bool|null $email About mail.
	 * @param bool|null $sms   About texts.
	 */
	public function agree( $key, $email, $sms ) {
		global $wpdb;
		$said = array_filter(
			array(
				'consent_email' => $email,
				'consent_sms'   => $sms,
			),
			'is_bool'
		);
		$wpdb->update( self::table(), array_map( 'intval', $said ), array( 'cart_key' => $key ) );
	}

	/**
	 * She wants no reminder: everything goes at once. An address that was told already stays until
	 * the service has heard the no, which it cannot place without the address.
	 *
	 * @param string $key The cart's key.
	 */
	public function decline( $key ) {
		global $wpdb;
		$wpdb->query(
			$wpdb->prepare(
				'UPDATE %i SET revision = revision + 1, snapshot = %s, phone = \'\', consent_email = 0, consent_sms = NULL,
				email = IF( told = 1, email, \'\' ), user_id = 0, updated_at = %s WHERE cart_key = %s',
				self::table(),
				Snapshot::NOTHING,
				gmdate( 'Y-m-d H:i:s' ),
				$key
			)
		);
	}

	/**
	 * The service took a delivery about this cart; of one who said no the address goes now.
	 *
	 * @param string $key The cart's key.
	 */
	public function mark_told( $key ) {
		global $wpdb;
		$sql = 'UPDATE %i SET told = 1, email = IF( consent_email = 0 AND snapshot = %s, \'\', email ) WHERE cart_key = %s';
		$wpdb->query( $wpdb->prepare( $sql, self::table(), Snapshot::NOTHING, $key ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- the text above.
	}

	/**
	 * An order was made of this cart.
	 *
	 * @param string $key      The cart's key.
	 * @param int    $order_id The order.
	 */
	public function mark_ordered( $key, $order_id ) {
		global $wpdb;
		$wpdb->update( self::table(), array( 'order_id' => $order_id ), array( 'cart_key' => $key ) );
	}

	/**
	 * Deletes a person's carts.
	 *
	 * @param array[] $rows Rows of of_person().
	 * @return int How many.
	 */
	public function delete( array $rows ) {
		global $wpdb;
		$gone = 0;
		foreach ( $rows as $row ) {
			$gone += (int) $wpdb->delete( self::table(), array( 'id' => $row['id'] ) );
		}
		return $gone;
	}

	/**
	 * Deletes carts that did not change for so long.
	 *
	 * @param int $seconds How long.
	 */
	public function delete_older_than( $seconds ) {
		global $wpdb;
		$before = gmdate( 'Y-m-d H:i:s', time() - $seconds );
		$wpdb->query( $wpdb->prepare( 'DELETE FROM %i WHERE updated_at < %s', self::table(), $before ) );
	}

	/**
	 * Forgets the address of whoever said no, even if the service could not be told of it.
	 *
	 * @param int $seconds How long ago she said it.
	 */
	public function forget_declined( $seconds ) {
		global $wpdb;
		$before = gmdate( 'Y-m-d H:i:s', time() - $seconds );
		$sql    = 'UPDATE %i SET email = \'\' WHERE consent_email = 0 AND snapshot = %s AND updated_at < %s';
		$wpdb->query( $wpdb->prepare( $sql, self::table(), Snapshot::NOTHING, $before ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- the text above.
	}

	/**
	 * How many carts changed within the last so many seconds.
	 *
	 * @param int $seconds How many.
	 * @return int
	 */
	public function count_since( $seconds ) {
		global $wpdb;
		$after = gmdate( 'Y-m-d H:i:s', time() - $seconds );
		return (int) $wpdb->get_var( $wpdb->prepare( 'SELECT COUNT(*) FROM %i WHERE updated_at >= %s', self::table(), $after ) );
	}
}
