<?php
/**
 * The bodies of our webhooks.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Rows and views as JSON bodies. What lies on items as meta stays in the shop.
 */
final class Payload {

	/**
	 * The body of `cart.updated`.
	 *
	 * @param array    $row      A row of the carts' table.
	 * @param string   $link     The address that restores the cart.
	 * @param callable $pictures Takes an item; returns [image, permalink].
	 * @return array
	 */
	public static function cart( array $row, $link, callable $pictures ) {
		$cart   = Snapshot::of_row( $row );
		$person = array_merge( array_fill_keys( array( 'first_name', 'last_name', 'country', 'state' ), '' ), $cart['person'] );
		$items  = array();
		foreach ( $cart['items'] as $item ) {
			$items[] = self::item( $item, $pictures( $item ) );
		}
		return array(
			'id'           => $row['cart_key'],
			'revision'     => (int) $row['revision'],
			'modified_gmt' => self::time( $row['updated_at'] ),
			'stage'        => $row['stage'],
			'currency'     => $row['currency'],
			'locale'       => $row['locale'],
			'customer_id'  => (int) $row['user_id'],
			'email'        => $row['email'],
			'phone'        => $row['phone'],
			'first_name'   => $person['first_name'],
			'last_name'    => $person['last_name'],
			'country'      => $person['country'],
			'state'        => $person['state'],
			'ip'           => $cart['ip'],
			'roles'        => $cart['roles'],
			'items'        => $items,
			'totals'       => array( 'total' => $cart['total'] ),
			'checkout_url' => array() === $items ? '' : $link,
			'consent'      => Consent::of_row( $row ),
		);
	}

	/**
	 * The body for a cart that is not kept any more: whoever still knows of it shall close it.
	 *
	 * @param string $key The cart's key.
	 * @param string $now Now, "2026-11-22 02:31:41" in UTC.
	 * @return array
	 */
	public static function gone( $key, $now ) {
		return array(
			'id'           => $key,
			'modified_gmt' => self::time( $now ),
			'items'        => array(),
		);
	}

	/**
	 * The body of `cart.viewed`.
	 *
	 * @param View   $view    What was looked at.
	 * @param string $name    The product's name.
	 * @param array  $contact Her email and phone, as far as they are known.
	 * @return array
	 */
	public static function view( View $view, $name, array $contact ) {
		return array(
			'id'          => $view->key,
			'product_id'  => $view->product_id,
			'name'        => $name,
			'viewed_gmt'  => gmdate( 'Y-m-d\TH:i:s', $view->at ),
			'customer_id' => $view->user_id,
			'email'       => $contact['email'],
			'phone'       => $contact['phone'],
			'locale'      => $view->locale,
			'currency'    => $view->currency,
		);
	}

	/**
	 * One line.
	 *
	 * @param array $item     The item.
	 * @param array $pictures Its image and its page.
	 * @return array
	 */
	private static function item( array $item, array $pictures ) {
		unset( $item['meta'], $item['variation'] );
		list( $item['image'], $item['permalink'] ) = $pictures;
		return $item;
	}

	/**
	 * A time of the database as the REST API writes it.
	 *
	 * @param string $at "2026-11-22 02:31:41".
	 * @return string
	 */
	private static function time( $at ) {
		return str_replace( ' ', 'T', $at );
	}
}
