<?php
/**
 * Asks the service about a person's data.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * `POST <the webhook's delivery URL>/privacy`, signed as WooCommerce signs its webhooks.
 */
final class Privacy_Client {

	/**
	 * The body and headers of a question.
	 *
	 * @param string $kind   "export" or "erase".
	 * @param string $id     The question's own random name: asked twice, it is one question.
	 * @param string $email  Her address.
	 * @param int    $now    Now, as a Unix time.
	 * @param string $secret The webhook's secret.
	 * @param string $source The shop's address, as webhooks name it.
	 * @return array{body: string, headers: array<string, string>}
	 */
	public static function question( $kind, $id, $email, $now, $secret, $source ) {
		$body = (string) wp_json_encode(
			array(
				'kind'      => $kind,
				'id'        => $id,
				'email'     => $email,
				'asked_gmt' => gmdate( 'Y-m-d\TH:i:s', $now ),
			)
		);
		return array(
			'body'    => $body,
			'headers' => array(
				'Content-Type'           => 'application/json',
				'X-WC-Webhook-Source'    => $source,
				'X-WC-Webhook-Signature' => self::signature( $body, $secret ),
			),
		);
	}

	/**
	 * Where to ask.
	 *
	 * @param string $delivery_url Where the webhook delivers.
	 * @return string
	 */
	public static function address( $delivery_url ) {
		return rtrim( $delivery_url, '/' ) . '/privacy';
	}

	/**
	 * Asks. Null when the service could not be reached, or did not answer as agreed.
	 *
	 * @param \WC_Webhook $webhook The webhook that leads to the service.
	 * @param string      $kind    "export" or "erase".
	 * @param string      $email   Her address.
	 * @return array|null The groups of an export; an empty array when an erasure was taken.
	 */
	public static function ask( $webhook, $kind, $email ) {
		$question = self::question( $kind, bin2hex( random_bytes( 16 ) ), $email, time(), $webhook->get_secret(), home_url( '/' ) );
		$answer   = wp_safe_remote_post(
			self::address( $webhook->get_delivery_url() ),
			$question + array(
				'timeout'     => 20,
				'redirection' => 0,
			)
		);
		$code     = (int) wp_remote_retrieve_response_code( $answer );
		return self::understood( $kind, $code, (string) wp_remote_retrieve_body( $answer ) );
	}

	/**
	 * What an answer says; null when it is none that was agreed on.
	 *
	 * @param string $kind "export" or "erase".
	 * @param int    $code The HTTP status, 0 for no answer.
	 * @param string $body The body.
	 * @return array|null
	 */
	public static function understood( $kind, $code, $body ) {
		if ( 'erase' === $kind ) {
			return 202 === $code ? array() : null;
		}
		$said = 200 === $code ? json_decode( $body, true ) : null;
		return isset( $said['groups'] ) && is_array( $said['groups'] ) ? array_filter( $said['groups'], array( self::class, 'is_group' ) ) : null;
	}

	/**
	 * One group's items as WordPress exports them; odd ones are left out.
	 *
	 * @param array $group {"label", "items": [{"name", "value"}]}.
	 * @return array[]
	 */
	public static function export_items( array $group ) {
		$data = array();
		foreach ( $group['items'] as $item ) {
			if ( isset( $item['name'], $item['value'] ) && is_scalar( $item['name'] ) && is_scalar( $item['value'] ) ) {
				$data[] = array(
					'name'  => (string) $item['name'],
					'value' => (string) $item['value'],
				);
			}
		}
		return $data;
	}

	/**
	 * True for what may be a group.
	 *
	 * @param mixed $group Anything.
	 * @return bool
	 */
	private static function is_group( $group ) {
		return is_array( $group ) && isset( $group['label'], $group['items'] ) && is_string( $group['label'] ) && is_array( $group['items'] );
	}

	/**
	 * The signature, as WC_Webhook::generate_signature() makes it.
	 *
	 * @param string $body   The body.
	 * @param string $secret The webhook's secret.
	 * @return string
	 */
	private static function signature( $body, $secret ) {
		// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_encode -- that is how webhooks are signed.
		return base64_encode( hash_hmac( 'sha256', $body, wp_specialchars_decode( $secret, ENT_QUOTES ), true ) );
	}
}
