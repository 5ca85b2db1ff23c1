<?php
/**
 * What the merchant chose.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * One option with everything in it; what is not set has its default.
 */
final class Settings {

	const OPTION   = 'cartwright_settings';
	const SWITCHES = array( 'notice', 'ask_email', 'ask_sms', 'push', 'views' );
	const TEXTS    = array( 'notice_text', 'decline_text', 'declined_text', 'ask_email_text', 'ask_sms_text' );

	/**
	 * One setting.
	 *
	 * @param string $name Its name.
	 * @return mixed
	 */
	public static function get( $name ) {
		$all = self::all();
		return $all[ $name ];
	}

	/**
	 * All settings.
	 *
	 * @return array
	 */
	public static function all() {
		$kept = get_option( self::OPTION, array() );
		return array_merge( self::defaults(), is_array( $kept ) ? $kept : array() );
	}

	/**
	 * What holds until the merchant says otherwise. Texts that are left empty are these, in the
	 * shopper's language.
	 *
	 * @return array
	 */
	public static function defaults() {
		return array(
			'notice'         => true,
			'ask_email'      => false,
			'ask_sms'        => false,
			'push'           => false,
			'views'          => true,
			'roles'          => array(),
			'notice_text'    => '',
			'decline_text'   => '',
			'declined_text'  => '',
			'ask_email_text' => '',
			'ask_sms_text'   => '',
		);
	}

	/**
	 * A text that shoppers read: the merchant's, else ours.
	 *
	 * @param string $name Its name.
	 * @return string
	 */
	public static function text( $name ) {
		$own  = (string) self::get( $name );
		$ours = self::our_texts();
		return '' === $own ? $ours[ $name ] : $own;
	}

	/**
	 * Our wording.
	 *
	 * @return array
	 */
	public static function our_texts() {
		return array(
			'notice_text'    => __( 'We keep your cart and your address so that we can remind you.', 'cartwright' ),
			'decline_text'   => __( 'No thanks', 'cartwright' ),
			'declined_text'  => __( 'We will not remind you, and have deleted what we kept.', 'cartwright' ),
			'ask_email_text' => __( 'Yes, send me offers by e-mail.', 'cartwright' ),
			'ask_sms_text'   => __( 'Yes, send me offers by text message.', 'cartwright' ),
		);
	}

	/**
	 * What a form sent, made safe.
	 *
	 * @param mixed $given The form's fields.
	 * @return array
	 */
	public static function sanitize( $given ) {
		$given = is_array( $given ) ? $given : array();
		$clean = array();
		foreach ( self::SWITCHES as $name ) {
			$clean[ $name ] = ! empty( $given[ $name ] );
		}
		foreach ( self::TEXTS as $name ) {
			$clean[ $name ] = isset( $given[ $name ] ) && is_string( $given[ $name ] ) ? mb_substr( sanitize_text_field( $given[ $name ] ), 0, 300 ) : '';
		}
		$roles          = isset( $given['roles'] ) && is_array( $given['roles'] ) ? $given['roles'] : array();
		$clean['roles'] = array_values( array_map( 'sanitize_key', array_filter( $roles, 'is_string' ) ) );
		return $clean;
	}
}
