<?php
/**
 * What the shopper's session remembers for us.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * A small array in WooCommerce's session: the cart's key and marks, never an address.
 *
 * WooCommerce clones a session for whoever opens a link with `?session=…`. A clone carries the
 * first shopper's marks; it is known by its owner, and begins anew.
 */
final class Session {

	const NAME = 'cartwright';

	/**
	 * True if this request has a shopper's session and cart.
	 *
	 * @return bool
	 */
	public static function available() {
		return function_exists( 'WC' ) && WC()->session && WC()->cart && WC()->customer;
	}

	/**
	 * One mark.
	 *
	 * @param string $name  Its name.
	 * @param mixed  $other What to return if it is not set.
	 * @return mixed
	 */
	public static function get( $name, $other = '' ) {
		$marks = self::marks();
		return isset( $marks[ $name ] ) ? $marks[ $name ] : $other;
	}

	/**
	 * Sets marks.
	 *
	 * @param array $marks Name => value.
	 */
	public static function set( array $marks ) {
		$before = self::marks();
		$after  = array_merge( $before, $marks, array( 'owner' => self::owner() ) );
		if ( $after !== $before ) {
			WC()->session->set( self::NAME, $after );
		}
	}

	/**
	 * The cart's key, made if need be.
	 *
	 * @return string
	 */
	public static function ensure_key() {
		if ( '' === self::get( 'key' ) ) {
			self::set( array( 'key' => Keys::cart() ) );
		}
		return self::get( 'key' );
	}

	/**
	 * The cart became an order: the next one is another cart. What she decided stays.
	 */
	public static function renew() {
		$marks = array_intersect_key( self::marks(), array_flip( array( 'notice', 'no', 'owner', 'views', 'locale', 'rate' ) ) );
		WC()->session->set( self::NAME, $marks );
	}

	/**
	 * A guest signed in: WooCommerce moved her session, and we follow.
	 *
	 * @param string $guest The session's name before.
	 * @param string $user  Its name now.
	 */
	public static function follow( $guest, $user ) {
		$marks = WC()->session->get( self::NAME, array() );
		if ( is_array( $marks ) && isset( $marks['owner'] ) && (string) $guest === $marks['owner'] ) {
			$marks['owner'] = (string) $user;
			WC()->session->set( self::NAME, $marks );
		}
	}

	/**
	 * Who owns this session: t_… for guests, else the account's id.
	 *
	 * @return string
	 */
	public static function owner() {
		return (string) WC()->session->get_customer_id();
	}

	/**
	 * All marks; none in somebody else's clone.
	 *
	 * @return array
	 */
	private static function marks() {
		$marks = WC()->session->get( self::NAME, array() );
		$ours  = is_array( $marks ) && isset( $marks['owner'] ) && self::owner() === $marks['owner'];
		return $ours ? $marks : array();
	}
}
