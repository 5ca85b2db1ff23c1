<?php
/**
 * A cart at one moment.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Turns WooCommerce's lines into what we keep: plain values that survive JSON.
 *
 * {"items": [{key, product_id, variation_id, variation, quantity, name, price, line_total, meta}],
 *  "coupons": [code], "total": "12.00", "person": {first_name, last_name, country, state},
 *  "ip": "192.0.2.1", "roles": ["customer"]}
 */
final class Snapshot {

	const NOTHING = '{"items":[]}';
	const OF_CORE = array( 'key', 'product_id', 'variation_id', 'variation', 'quantity', 'data', 'data_hash', 'line_tax_data', 'line_subtotal', 'line_subtotal_tax', 'line_total', 'line_tax' );

	/**
	 * One line. Prices are as she sees them: with tax where the shop shows it so.
	 *
	 * @param array  $line     A line of WC_Cart::get_cart().
	 * @param string $name     The product's name.
	 * @param bool   $with_tax Whether the cart shows prices with tax.
	 * @param int    $decimals The currency's digits.
	 * @return array
	 */
	public static function item( array $line, $name, $with_tax, $decimals ) {
		$quantity = (float) $line['quantity'];
		$before   = self::amount( $line, 'line_subtotal', 'line_subtotal_tax', $with_tax );
		$after    = self::amount( $line, 'line_total', 'line_tax', $with_tax );
		return array(
			'key'          => (string) $line['key'],
			'product_id'   => (int) $line['product_id'],
			'variation_id' => (int) $line['variation_id'],
			'variation'    => isset( $line['variation'] ) && is_array( $line['variation'] ) ? self::plain( $line['variation'] ) : array(),
			'quantity'     => floor( $quantity ) === $quantity ? (int) $quantity : $quantity,
			'name'         => (string) $name,
			'price'        => self::money( $quantity > 0 ? $before / $quantity : 0, $decimals ),
			'line_total'   => self::money( $after, $decimals ),
			'meta'         => self::plain( array_diff_key( $line, array_flip( self::OF_CORE ) ) ),
		);
	}

	/**
	 * An amount as text with the currency's digits and a point, whatever the server's language.
	 *
	 * @param float $amount   The amount.
	 * @param int   $decimals The digits.
	 * @return string
	 */
	public static function money( $amount, $decimals ) {
		return number_format( (float) $amount, $decimals, '.', '' );
	}

	/**
	 * A hash of what may change in a cart. Who looks at it from where is no change.
	 *
	 * @param array $snapshot The snapshot.
	 * @param array $about    More that counts: currency, stage and the like.
	 * @return string
	 */
	public static function fingerprint( array $snapshot, array $about ) {
		unset( $snapshot['ip'] );
		return md5( (string) wp_json_encode( array( $snapshot, $about ) ) );
	}

	/**
	 * A row's snapshot.
	 *
	 * @param array $row A row of the carts' table.
	 * @return array
	 */
	public static function of_row( array $row ) {
		$kept = json_decode( (string) $row['snapshot'], true );
		return array_merge(
			array(
				'items'   => array(),
				'coupons' => array(),
				'total'   => null,
				'person'  => array(),
				'ip'      => '',
				'roles'   => array(),
			),
			is_array( $kept ) ? $kept : array()
		);
	}

	/**
	 * Scalars and arrays of them. An object would come back as something else, so it is left out.
	 *
	 * @param array $values Anything.
	 * @return array
	 */
	private static function plain( array $values ) {
		$kept = array();
		foreach ( $values as $name => $value ) {
			if ( is_array( $value ) ) {
				$kept[ $name ] = self::plain( $value );
			} elseif ( is_scalar( $value ) || null === $value ) {
				$kept[ $name ] = $value;
			}
		}
		return $kept;
	}

	/**
	 * A line's amount. Before WooCommerce has counted, a line has none.
	 *
	 * @param array  $line     The line.
	 * @param string $net      The field without tax.
	 * @param string $tax      The field of the tax.
	 * @param bool   $with_tax Whether to add it.
	 * @return float
	 */
	private static function amount( array $line, $net, $tax, $with_tax ) {
		$sum = isset( $line[ $net ] ) ? (float) $line[ $net ] : 0.0;
		return $with_tax && isset( $line[ $tax ] ) ? $sum + (float) $line[ $tax ] : $sum;
	}
}
