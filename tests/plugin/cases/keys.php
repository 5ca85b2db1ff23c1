<?php
use Cartwright\Keys;
use Cartwright\View;

function test_a_cart_key_is_random_and_known_by_its_form() {
	$key = Keys::cart();
	same( true, Keys::is_cart( $key ) );
	same( false, Keys::cart() === $key );
	foreach ( array( '', $key . "\n", strtoupper( $key ) . 'G', substr( $key, 1 ), null, array( $key ), 5 ) as $other ) {
		same( false, Keys::is_cart( $other ) );
	}
}

function test_link_and_browser_have_keys_of_their_own() {
	$key  = str_repeat( 'a', 32 );
	$keys = array( $key, Keys::restore( $key ), Keys::browser( $key ), Keys::restore( str_repeat( 'b', 32 ) ) );
	same( 4, count( array_unique( $keys ) ) );
	same( Keys::restore( $key ), Keys::restore( $key ) );
	same( hash( 'sha256', Keys::restore( $key ) ), Keys::hash( Keys::restore( $key ) ) );
}

function test_a_look_survives_the_queue() {
	$view = new View( str_repeat( 'a', 32 ), 12, 1795315516, 5, 'ko_KR', 'KRW' );
	same( str_repeat( 'a', 32 ) . ':12:1795315516:5:ko_KR:KRW', $view->pack() );
	same( (array) $view, (array) View::unpack( $view->pack() ) );
	foreach ( array( '', str_repeat( 'a', 32 ), $view->pack() . ':x', 7, null, array(), str_replace( '12', '-1', $view->pack() ) ) as $other ) {
		same( null, View::unpack( $other ) );
	}
}
