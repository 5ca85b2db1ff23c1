<?php
use Cartwright\Privacy_Client;
use Cartwright\Settings;

function test_a_question_is_signed_as_woocommerce_signs() {
	$question = Privacy_Client::question( 'export', 'abc', 'nora@example.com', 1795315516, 'a&amp;b', 'https://shop.example/' );
	same( '{"kind":"export","id":"abc","email":"nora@example.com","asked_gmt":"' . gmdate( 'Y-m-d\TH:i:s', 1795315516 ) . '"}', $question['body'] );
	same( base64_encode( hash_hmac( 'sha256', $question['body'], 'a&b', true ) ), $question['headers']['X-WC-Webhook-Signature'] );
	same( 'https://shop.example/', $question['headers']['X-WC-Webhook-Source'] );
	same( 'https://service.example/hooks/woocommerce/p1/privacy', Privacy_Client::address( 'https://service.example/hooks/woocommerce/p1' ) );
}

function test_only_the_agreed_answers_count() {
	same( array(), Privacy_Client::understood( 'erase', 202, '' ) );
	foreach ( array( 0, 200, 301, 401, 503 ) as $code ) {
		same( null, Privacy_Client::understood( 'erase', $code, '' ) );
	}
	foreach ( array( array( 0, '' ), array( 202, '{"groups":[]}' ), array( 200, '' ), array( 200, '<html>' ), array( 200, '[]' ), array( 200, '"x"' ), array( 200, '{"groups":5}' ) ) as list( $code, $body ) ) {
		same( null, Privacy_Client::understood( 'export', $code, $body ), $body );
	}
	same( array(), Privacy_Client::understood( 'export', 200, '{"groups":[]}' ) );
}

function test_odd_groups_and_items_are_left_out() {
	$groups = Privacy_Client::understood( 'export', 200, '{"groups":[{"label":"Carts","items":[{"name":"a","value":1},{"name":"b"},{"name":[],"value":2},7]},{"label":[]},5]}' );
	same( 1, count( $groups ) );
	same( array( array( 'name' => 'a', 'value' => '1' ) ), Privacy_Client::export_items( $groups[0] ) );
}

function test_settings_are_made_safe() {
	$clean = Settings::sanitize( array( 'notice' => '1', 'notice_text' => '<b>Hi</b>', 'decline_text' => array( 'x' ), 'roles' => array( 'Whole<sale', array() ), 'evil' => 1 ) );
	same( array( true, false, 'Hi', '', array( 'wholesale' ) ), array( $clean['notice'], $clean['push'], $clean['notice_text'], $clean['decline_text'], $clean['roles'] ) );
	same( false, isset( $clean['evil'] ) );
	same( false, Settings::sanitize( 'x' )['notice'] );
}
