<?php
use Cartwright\Capture;
use Cartwright\Consent;
use Cartwright\Contact;
use Cartwright\Visitor;
use Cartwright\Views;

function test_only_an_address_is_kept() {
	same( 'nora@example.com', Contact::email( ' nora@example.com ' ) );
	foreach ( array( '', 'nora', 'nora@', "a@b.de\r\nBcc: x@y.de", '<b>@x.de', str_repeat( 'a', 200 ) . '@b.de', array( 'a@b.de' ), null ) as $other ) {
		same( '', Contact::email( $other ) );
	}
}

function test_only_a_number_is_kept() {
	foreach ( array( '+49 1512 3334445', '(030) 123/456-7', '010-1234-5678' ) as $phone ) {
		same( $phone, Contact::phone( $phone ) );
	}
	foreach ( array( '', '12345', '+49<script>123456', '1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6', "123456\n7", array(), null ) as $other ) {
		same( '', Contact::phone( $other ) );
	}
}

function test_the_classic_form_is_read() {
	$found = Contact::of_form( 'billing_first_name=N&billing_email=early%40example.com&billing_phone=%2B4915199999' );
	same( array( 'email' => 'early@example.com', 'phone' => '+4915199999' ), $found );
	foreach ( array( 'billing_email[]=a@b.de', null, array(), str_repeat( 'a', 20001 ) ) as $other ) {
		same( array( 'email' => '', 'phone' => '' ), Contact::of_form( $other ) );
	}
}

function test_a_box_says_yes_no_or_nothing() {
	same( true, Consent::of_form( array( 'a' => '1' ), 'a' ) );
	same( false, Consent::of_form( array( 'a' => '0' ), 'a' ) );
	foreach ( array( array(), array( 'a' => 'on' ), array( 'a' => array( '1' ) ) ) as $form ) {
		same( null, Consent::of_form( $form, 'a' ) );
	}
}

function test_consent_from_row_to_order() {
	$consent = Consent::of_row( array( 'consent_email' => '0', 'consent_sms' => null ) );
	same( array( 'email' => false, 'sms' => null ), $consent );
	same( array( '_cartwright_email_consent' => 'no' ), Consent::as_order_meta( $consent ) );
	same( array( '_cartwright_sms_consent' => 'yes' ), Consent::as_order_meta( array( 'email' => null, 'sms' => true ) ) );
}

function test_bots_are_no_visitors() {
	$bots = array( '', 'Mozilla/5.0 (compatible; Googlebot/2.1)', 'curl/8.0', 'Mozilla/5.0 (X11) HeadlessChrome/140', 'Storebot-Google/1.0', 'facebookexternalhit/1.1' );
	foreach ( $bots as $agent ) {
		same( true, Visitor::is_bot( $agent ), $agent );
	}
	same( false, Visitor::is_bot( 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1' ) );
	same( false, Visitor::is_bot( 'Mozilla/5.0 (Linux; Android 14; CUBOT_X30) Chrome/140.0 Mobile Safari/537.36' ) );
}

function test_only_pages_of_this_shop_may_write() {
	same( true, Capture::is_origin_of( 'https://shop.example', 'shop.example' ) );
	same( true, Capture::is_origin_of( 'http://127.0.0.1:8090', '127.0.0.1:8090' ) );
	same( true, Capture::is_origin_of( '', 'shop.example' ) );
	foreach ( array( 'https://evil.example', 'null', 'https://shop.example:444', 'https://shop.example.evil.example' ) as $origin ) {
		same( false, Capture::is_origin_of( $origin, 'shop.example' ), $origin );
	}
}

function test_a_look_counts_again_after_ten_minutes() {
	same( array( 2 => 1001 ), Views::recent( array( 1 => 1000, 2 => 1001 ), 1600 ) );
}
