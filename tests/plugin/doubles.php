<?php
/**
 * The few functions of WordPress that the plugin's pure classes call.
 *
 * @package Cartwright
 */

define( 'ABSPATH', __DIR__ );
define( 'WPINC', 'wp-includes' );

$registered = array();

function wp_json_encode( $value ) {
	return json_encode( $value );
}

function wp_salt( $scheme = 'auth' ) {
	return 'salt of ' . $scheme;
}

function wp_specialchars_decode( $text ) {
	return htmlspecialchars_decode( $text, ENT_QUOTES );
}

function wp_parse_url( $url, $part = -1 ) {
	return parse_url( $url, $part );
}

function sanitize_text_field( $text ) {
	return trim( preg_replace( '/\s+/', ' ', strip_tags( $text ) ) );
}

function sanitize_key( $text ) {
	return preg_replace( '/[^a-z0-9_-]/', '', strtolower( $text ) );
}

function add_action( $hook, $callback ) {
	$GLOBALS['registered'][ $hook ][] = $callback;
}

function register_activation_hook() {
}

function register_deactivation_hook() {
}

function __( $text ) {
	return $text;
}

function esc_html__( $text ) {
	return htmlspecialchars( $text );
}

function current_user_can() {
	return true;
}
