<?php
use Cartwright\Restore_Plan;

function plan( $wanted, $have, $left = null, $is_there = true, $in_stock = true ) {
	$plan = Restore_Plan::item( $wanted, $have, $is_there, $in_stock, $left );
	return array( $plan['quantity'], $plan['add'], $plan['note'] );
}

function test_what_is_missing_is_added() {
	same( array( 3, 3, '' ), plan( 3, 0 ) );
	same( array( 3, 2, '' ), plan( 3, 1 ) );
	same( array( 3, 3, '' ), plan( 3, 0, 3 ) );
}

function test_a_second_click_adds_nothing() {
	same( array( 3, 0, '' ), plan( 3, 3 ) );
	same( array( 5, 0, '' ), plan( 3, 5 ) );
}

function test_what_cannot_be_had_is_said() {
	same( array( 0, 0, Restore_Plan::GONE ), plan( 3, 0, null, false, false ) );
	same( array( 0, 0, Restore_Plan::SOLD_OUT ), plan( 3, 0, null, true, false ) );
	same( array( 0, 0, Restore_Plan::SOLD_OUT ), plan( 3, 0, 0 ) );
	same( array( 2, 2, Restore_Plan::FEWER ), plan( 3, 0, 2 ) );
	same( array( 2, 0, Restore_Plan::FEWER ), plan( 3, 2, 1 ) );
}

function test_a_price_is_compared_in_one_currency_only() {
	same( true, Restore_Plan::price_changed( '20.00', '25.00', true, 2 ) );
	same( false, Restore_Plan::price_changed( '20.00', '20', true, 2 ) );
	same( false, Restore_Plan::price_changed( '20.00', '25.00', false, 2 ) );
	same( false, Restore_Plan::price_changed( '', '25.00', true, 2 ) );
}

function test_codes_are_few_and_each_once() {
	same( array( 'A', 'B' ), Restore_Plan::codes( 'A, B,,A' ) );
	same( 5, count( Restore_Plan::codes( '1,2,3,4,5,6' ) ) );
	same( array(), Restore_Plan::codes( array( 'A' ) ) );
	same( array(), Restore_Plan::codes( str_repeat( 'x', 101 ) ) );
}
