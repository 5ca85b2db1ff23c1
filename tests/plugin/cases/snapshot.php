<?php
use Cartwright\Payload;
use Cartwright\Snapshot;
use Cartwright\View;

function line( array $more = array() ) {
	return $more + array(
		'key'               => 'k1',
		'product_id'        => 16,
		'variation_id'      => 17,
		'variation'         => array( 'attribute_size' => 'L' ),
		'quantity'          => 2,
		'data'              => new stdClass(),
		'data_hash'         => 'h',
		'line_tax_data'     => array( 'total' => array() ),
		'line_subtotal'     => 80.0,
		'line_subtotal_tax' => 15.2,
		'line_total'        => 72.0,
		'line_tax'          => 13.68,
	);
}

function test_prices_are_as_she_sees_them() {
	$net = Snapshot::item( line(), 'Hoodie', false, 2 );
	same( array( '40.00', '72.00' ), array( $net['price'], $net['line_total'] ) );
	$gross = Snapshot::item( line(), 'Hoodie', true, 2 );
	same( array( '47.60', '85.68' ), array( $gross['price'], $gross['line_total'] ) );
	same( '40', Snapshot::item( line(), 'Hoodie', false, 0 )['price'] );
}

function test_meta_is_what_others_put_on_the_line() {
	$item = Snapshot::item( line( array( 'engraving' => array( 'text' => 'Hi', 'by' => new stdClass() ), 'gift' => true ) ), 'Hoodie', false, 2 );
	same( array( 'engraving' => array( 'text' => 'Hi' ), 'gift' => true ), $item['meta'] );
	same( array( 'attribute_size' => 'L' ), $item['variation'] );
	same( $item, json_decode( json_encode( $item ), true ) );
}

function test_pieces_may_be_parts() {
	same( 2, Snapshot::item( line( array( 'quantity' => '2' ) ), '', false, 2 )['quantity'] );
	same( 0.5, Snapshot::item( line( array( 'quantity' => 0.5 ) ), '', false, 2 )['quantity'] );
	same( '0.00', Snapshot::item( line( array( 'quantity' => 0 ) ), '', false, 2 )['price'] );
}

function test_looking_from_elsewhere_is_no_change() {
	$cart = array( 'items' => array( 1 ), 'ip' => '192.0.2.1' );
	same( Snapshot::fingerprint( $cart, array() ), Snapshot::fingerprint( array( 'ip' => '192.0.2.2' ) + $cart, array() ) );
	same( false, Snapshot::fingerprint( $cart, array() ) === Snapshot::fingerprint( array( 'items' => array( 2 ) ) + $cart, array() ) );
	same( false, Snapshot::fingerprint( $cart, array() ) === Snapshot::fingerprint( $cart, array( 'USD' ) ) );
}

function row( array $more = array() ) {
	$item = Snapshot::item( line( array( 'engraving' => 'secret' ) ), 'Hoodie', false, 2 );
	return $more + array(
		'cart_key'      => str_repeat( 'a', 32 ),
		'user_id'       => '0',
		'snapshot'      => json_encode( array( 'items' => array( $item ), 'total' => '76.90', 'person' => array( 'country' => 'DE' ), 'ip' => '192.0.2.1', 'roles' => array() ) ),
		'email'         => 'nora@example.com',
		'phone'         => '',
		'currency'      => 'EUR',
		'locale'        => 'de_DE',
		'stage'         => 'checkout',
		'revision'      => '7',
		'consent_email' => '1',
		'consent_sms'   => null,
		'updated_at'    => '2026-11-22 02:31:41',
	);
}

function pictures() {
	return array( 'https://shop.example/i.png', 'https://shop.example/p/' );
}

function test_the_body_of_cart_updated() {
	$body = Payload::cart( row(), 'https://shop.example/?r=1', 'pictures' );
	same( array( 7, '2026-11-22T02:31:41', 0, 'DE', '' ), array( $body['revision'], $body['modified_gmt'], $body['customer_id'], $body['country'], $body['last_name'] ) );
	same( array( 'key', 'product_id', 'variation_id', 'quantity', 'name', 'price', 'line_total', 'image', 'permalink' ), array_keys( $body['items'][0] ) );
	same( 'https://shop.example/i.png', $body['items'][0]['image'] );
	same( false, strpos( json_encode( $body ), 'secret' ) );
	same( array( 'total' => '76.90' ), $body['totals'] );
	same( array( 'email' => true, 'sms' => null ), $body['consent'] );
}

function test_an_emptied_cart_leads_nowhere() {
	$body = Payload::cart( row( array( 'snapshot' => Snapshot::NOTHING ) ), 'https://shop.example/?r=1', 'pictures' );
	same( array( array(), '', array( 'total' => null ) ), array( $body['items'], $body['checkout_url'], $body['totals'] ) );
}

function test_a_snapshot_that_cannot_be_read_is_empty() {
	same( array(), Snapshot::of_row( array( 'snapshot' => 'broken' ) )['items'] );
}

function test_a_cart_that_is_gone_is_closed() {
	same( array( 'id' => 'k', 'modified_gmt' => '2026-11-22T02:31:41', 'items' => array() ), Payload::gone( 'k', '2026-11-22 02:31:41' ) );
}

function test_the_body_of_cart_viewed() {
	$view = new View( str_repeat( 'a', 32 ), 12, 1795315516, 5, 'ko_KR', 'KRW' );
	$body = Payload::view( $view, 'E-Book', array( 'email' => 'a@b.de', 'phone' => '' ) );
	same( array( 'id', 'product_id', 'name', 'viewed_gmt', 'customer_id', 'email', 'phone', 'locale', 'currency' ), array_keys( $body ) );
	same( gmdate( 'Y-m-d\TH:i:s', 1795315516 ), $body['viewed_gmt'] );
}
