<?php
/**
 * Keys that cannot be guessed.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * A cart's key is random. The key in its link and the mark in her browser follow from it by the
 * site's own secret, so that neither is in the database, and none can be made from another.
 */
final class Keys {

	/**
	 * A new cart's key.
	 *
	 * @return string 32 hexadecimal digits.
	 */
	public static function cart() {
		return bin2hex( random_bytes( 16 ) );
	}

	/**
	 * True for what may be a cart's key.
	 *
	 * @param mixed $key Anything.
	 * @return bool
	 */
	public static function is_cart( $key ) {
		return is_string( $key ) && 1 === preg_match( '/\A[0-9a-f]{32}\z/', $key );
	}

	/**
	 * The key in the link that restores a cart.
	 *
	 * @param string $cart_key The cart's key.
	 * @return string 40 hexadecimal digits.
	 */
	public static function restore( $cart_key ) {
		return self::derive( 'restore', $cart_key );
	}

	/**
	 * The mark of the browser in which this cart was filled.
	 *
	 * @param string $cart_key The cart's key.
	 * @return string 40 hexadecimal digits.
	 */
	public static function browser( $cart_key ) {
		return self::derive( 'browser', $cart_key );
	}

	/**
	 * What the table keeps of the key in a link.
	 *
	 * @param string $restore_key The key in the link.
	 * @return string 64 hexadecimal digits.
	 */
	public static function hash( $restore_key ) {
		return hash( 'sha256', $restore_key );
	}

	/**
	 * A key for one purpose.
	 *
	 * @param string $purpose  What for.
	 * @param string $cart_key The cart's key.
	 * @return string
	 */
	private static function derive( $purpose, $cart_key ) {
		return substr( hash_hmac( 'sha256', "cartwright|{$purpose}|{$cart_key}", wp_salt( 'secure_auth' ) ), 0, 40 );
	}
}
