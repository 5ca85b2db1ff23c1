<?php
/**
 * Not too often.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Counts what one session and one address send within ten minutes. An address is kept as a hash.
 */
final class Limiter {

	const WINDOW      = 600;
	const PER_SESSION = 60;
	const PER_ADDRESS = 300;

	/**
	 * Counts this request; false when it is one too many.
	 *
	 * @return bool
	 */
	public static function allows() {
		$window  = (int) floor( time() / self::WINDOW );
		$address = 'cartwright_rate_' . substr( wp_hash( \WC_Geolocation::get_ip_address() . $window ), 0, 20 );
		$count   = 1 + (int) get_transient( $address );
		set_transient( $address, $count, self::WINDOW );
		return $count <= self::PER_ADDRESS && self::session_allows( $window );
	}

	/**
	 * The same for the session.
	 *
	 * @param int $window Which ten minutes.
	 * @return bool
	 */
	private static function session_allows( $window ) {
		if ( ! Session::available() ) {
			return true;
		}
		$kept  = Session::get( 'rate', array() );
		$count = 1 + ( isset( $kept[ $window ] ) ? (int) $kept[ $window ] : 0 );
		Session::set( array( 'rate' => array( $window => $count ) ) );
		return $count <= self::PER_SESSION;
	}
}
