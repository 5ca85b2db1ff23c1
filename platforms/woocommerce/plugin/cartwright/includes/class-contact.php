<?php
/**
 * Addresses as they were typed.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Takes what a form sent and keeps only what is an address.
 */
final class Contact {

	/**
	 * An e-mail address, or "".
	 *
	 * @param mixed $typed What was typed.
	 * @return string
	 */
	public static function email( $typed ) {
		$email = is_string( $typed ) ? trim( $typed ) : '';
		$fits  = strlen( $email ) <= 200 && false !== filter_var( $email, FILTER_VALIDATE_EMAIL );
		return $fits ? $email : '';
	}

	/**
	 * A phone number, or "": 6 to 15 digits and what people write between them.
	 *
	 * @param mixed $typed What was typed.
	 * @return string
	 */
	public static function phone( $typed ) {
		$phone  = is_string( $typed ) ? trim( $typed ) : '';
		$digits = strlen( preg_replace( '/\D/', '', $phone ) );
		$fits   = strlen( $phone ) <= 50 && 1 === preg_match( '/\A\+?[0-9 ().\/-]+\z/', $phone );
		return $fits && $digits >= 6 && $digits <= 15 ? $phone : '';
	}

	/**
	 * The billing fields of the classic checkout's form, which comes urlencoded.
	 *
	 * @param mixed $form The form.
	 * @return array{email: string, phone: string}
	 */
	public static function of_form( $form ) {
		$fields = array();
		if ( is_string( $form ) && strlen( $form ) <= 20000 ) {
			parse_str( $form, $fields );
		}
		return self::of(
			isset( $fields['billing_email'] ) ? $fields['billing_email'] : '',
			isset( $fields['billing_phone'] ) ? $fields['billing_phone'] : ''
		);
	}

	/**
	 * Both.
	 *
	 * @param mixed $email What was typed as e-mail.
	 * @param mixed $phone What was typed as phone.
	 * @return array{email: string, phone: string}
	 */
	public static function of( $email, $phone ) {
		return array(
			'email' => self::email( $email ),
			'phone' => self::phone( $phone ),
		);
	}
}
