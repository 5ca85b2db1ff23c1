<?php
/**
 * Who is here, and whether she counts.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps bots, the shop's own staff and everyone who said no out of everything.
 */
final class Visitor {

	const NO_COOKIE = 'cartwright_no';
	const NO_META   = 'cartwright_no_thanks';
	const BOTS      = '/(?<!cu)bot\b|(?<!cu)bot[\/;_-]|crawl|spider|slurp|storebot|mediapartners|facebookexternalhit|headlesschrome|lighthouse|pingdom|monitor|preview|curl\/|wget\/|python-requests|go-http-client|\bscrapy|java\/|libwww/i';

	/**
	 * True if this visitor's cart may be kept.
	 *
	 * @return bool
	 */
	public static function counts() {
		return ! self::is_bot( self::agent() ) && ! self::is_staff() && ! self::said_no();
	}

	/**
	 * True for a user agent that is no person's browser; none at all is one too.
	 *
	 * @param string $agent The user agent.
	 * @return bool
	 */
	public static function is_bot( $agent ) {
		return '' === $agent || 1 === preg_match( self::BOTS, $agent );
	}

	/**
	 * True for those who manage the shop, and for roles that the merchant leaves out.
	 *
	 * @return bool
	 */
	public static function is_staff() {
		if ( ! is_user_logged_in() ) {
			return false;
		}
		$left_out = array_intersect( wp_get_current_user()->roles, Settings::get( 'roles' ) );
		return array() !== $left_out || current_user_can( 'manage_woocommerce' );
	}

	/**
	 * True if she wanted no reminders, in this session, this browser or with this account.
	 *
	 * @return bool
	 */
	public static function said_no() {
		if ( isset( $_COOKIE[ self::NO_COOKIE ] ) || ( Session::available() && Session::get( 'no' ) ) ) {
			return true;
		}
		return is_user_logged_in() && '' !== (string) get_user_meta( get_current_user_id(), self::NO_META, true );
	}

	/**
	 * Remembers that she wants none.
	 */
	public static function say_no() {
		Session::set( array( 'no' => 1 ) );
		self::set_cookie( self::NO_COOKIE, '1', YEAR_IN_SECONDS );
		if ( is_user_logged_in() ) {
			update_user_meta( get_current_user_id(), self::NO_META, gmdate( 'c' ) );
		}
	}

	/**
	 * A cookie of ours: this site only, not for scripts.
	 *
	 * @param string $name    Its name.
	 * @param string $value   Its value.
	 * @param int    $seconds How long it lives.
	 */
	public static function set_cookie( $name, $value, $seconds ) {
		if ( headers_sent() ) {
			return;
		}
		$options = array(
			'expires'  => time() + $seconds,
			'path'     => COOKIEPATH ? COOKIEPATH : '/',
			'domain'   => (string) COOKIE_DOMAIN,
			'secure'   => is_ssl(),
			'httponly' => true,
			'samesite' => 'Lax',
		);
		setcookie( $name, $value, $options );
		$_COOKIE[ $name ] = $value;
	}

	/**
	 * The user agent.
	 *
	 * @return string
	 */
	private static function agent() {
		return isset( $_SERVER['HTTP_USER_AGENT'] ) ? sanitize_text_field( wp_unslash( $_SERVER['HTTP_USER_AGENT'] ) ) : '';
	}
}
