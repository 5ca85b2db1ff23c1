<?php
/**
 * Yes, no, or nothing said.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * What a shopper said about marketing, between the form, the table, the payload and the order.
 */
final class Consent {

	const ORDER_META = array(
		'email' => '_cartwright_email_consent',
		'sms'   => '_cartwright_sms_consent',
	);

	/**
	 * A tick box's answer: true, false, or null when it was not sent.
	 *
	 * @param array  $form The form's fields.
	 * @param string $name The box's name.
	 * @return bool|null
	 */
	public static function of_form( array $form, $name ) {
		$answers = array(
			'1' => true,
			'0' => false,
		);
		$sent    = isset( $form[ $name ] ) && is_string( $form[ $name ] ) ? $form[ $name ] : '';
		return isset( $answers[ $sent ] ) ? $answers[ $sent ] : null;
	}

	/**
	 * A row's consent as the payload tells it.
	 *
	 * @param array $row A row of the carts' table.
	 * @return array{email: bool|null, sms: bool|null}
	 */
	public static function of_row( array $row ) {
		return array(
			'email' => self::said( $row, 'consent_email' ),
			'sms'   => self::said( $row, 'consent_sms' ),
		);
	}

	/**
	 * A consent as order meta; what was not said is not there.
	 *
	 * @param array{email: bool|null, sms: bool|null} $consent The consent.
	 * @return array<string, string> Meta key => "yes" or "no".
	 */
	public static function as_order_meta( array $consent ) {
		$meta = array();
		foreach ( self::ORDER_META as $medium => $key ) {
			if ( null !== $consent[ $medium ] ) {
				$meta[ $key ] = $consent[ $medium ] ? 'yes' : 'no';
			}
		}
		return $meta;
	}

	/**
	 * A column: the database writes NULL, 0 and 1, the last two as text.
	 *
	 * @param array  $row  The row.
	 * @param string $name The column.
	 * @return bool|null
	 */
	private static function said( array $row, $name ) {
		return isset( $row[ $name ] ) ? (bool) (int) $row[ $name ] : null;
	}
}
