<?php
/**
 * What to do with each item of a cart that is restored.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Decides from plain facts; knows neither cart nor products.
 */
final class Restore_Plan {

	const GONE     = 'gone';
	const SOLD_OUT = 'sold_out';
	const FEWER    = 'fewer';

	/**
	 * How many of an item shall lie in the cart, and what to tell her about it.
	 *
	 * What is in the cart counts: a second click adds nothing and says nothing.
	 *
	 * @param float      $wanted   How many the cart had.
	 * @param float      $have     How many of the very same item are in the cart now.
	 * @param bool       $is_there True if the product can be bought at all.
	 * @param bool       $in_stock True if it is in stock.
	 * @param float|null $left     How many are left; null where nobody counts.
	 * @return array{quantity: float, add: float, note: string} The note is "" or one of the above.
	 */
	public static function item( $wanted, $have, $is_there, $in_stock, $left ) {
		if ( ! $is_there ) {
			return self::result( $have, $have, self::GONE );
		}
		if ( $have >= $wanted ) {
			return self::result( $have, $have, '' );
		}
		if ( ! $in_stock || ( null !== $left && $left <= 0 ) ) {
			return self::result( $have, $have, self::SOLD_OUT );
		}
		$can = null === $left ? $wanted : min( $wanted, $left );
		return self::result( max( $have, $can ), $have, $can < $wanted ? self::FEWER : '' );
	}

	/**
	 * True if a price that she saw is another now. In another currency nobody can tell.
	 *
	 * @param string $then     The price of the kept item.
	 * @param string $now      The price in the cart.
	 * @param bool   $same     True if both are in one currency.
	 * @param int    $decimals The currency's digits.
	 * @return bool
	 */
	public static function price_changed( $then, $now, $same, $decimals ) {
		return $same && is_numeric( $then ) && Snapshot::money( $then, $decimals ) !== Snapshot::money( $now, $decimals );
	}

	/**
	 * The codes of a link, each once, five at most.
	 *
	 * @param mixed $given "CODE1,CODE2".
	 * @return string[]
	 */
	public static function codes( $given ) {
		$codes = is_string( $given ) ? array_map( 'trim', explode( ',', $given ) ) : array();
		$fits  = static function ( $code ) {
			return '' !== $code && strlen( $code ) <= 100;
		};
		return array_slice( array_values( array_unique( array_filter( $codes, $fits ) ) ), 0, 5 );
	}

	/**
	 * Puts a result together.
	 *
	 * @param float  $quantity How many shall lie in the cart.
	 * @param float  $have     How many do.
	 * @param string $note     What to tell.
	 * @return array
	 */
	private static function result( $quantity, $have, $note ) {
		return array(
			'quantity' => $quantity,
			'add'      => $quantity - $have,
			'note'     => $note,
		);
	}
}
