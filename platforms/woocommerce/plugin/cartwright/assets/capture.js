/**
 * Shows the notice by the e-mail field of either checkout, and sends what is typed under it to this
 * very shop. It reads nothing back: every answer is thrown away.
 */
( function () {
	'use strict';

	var config = window.cartwrightCapture;
	if ( ! config || ! window.fetch || ! window.URLSearchParams ) {
		return;
	}

	var FIELDS = {
		email: '#billing_email, .wc-block-checkout #email',
		phone: '#billing_phone, .wc-block-checkout #billing-phone, .wc-block-checkout #shipping-phone',
		first_name: '#billing_first_name, .wc-block-checkout #billing-first_name, .wc-block-checkout #shipping-first_name',
		last_name: '#billing_last_name, .wc-block-checkout #billing-last_name, .wc-block-checkout #shipping-last_name',
	};
	var EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/;
	var shown = false;
	var declined = false;
	var last = '';
	var box = null;

	function send( fields ) {
		var body = new URLSearchParams( fields );
		body.append( 'security', config.nonce );
		return window.fetch( config.url, { method: 'POST', credentials: 'same-origin', keepalive: true, body: body } ).catch( function () {} );
	}

	function typed() {
		var found = {};
		Object.keys( FIELDS ).forEach( function ( name ) {
			var field = document.querySelector( FIELDS[ name ] );
			if ( field && field.value.trim() ) {
				found[ name ] = field.value.trim();
			}
		} );
		if ( found.email && ! EMAIL.test( found.email ) ) {
			delete found.email;
		}
		return found;
	}

	function tell() {
		if ( ! config.notice || ! shown || declined ) {
			return;
		}
		var found = typed();
		var now = JSON.stringify( found );
		if ( ( found.email || found.phone ) && now !== last ) {
			last = now;
			found.notice = '1';
			send( found );
		}
	}

	function decline() {
		declined = true;
		send( { no: '1' } );
		box.textContent = config.declined;
		box.setAttribute( 'role', 'status' );
	}

	function button() {
		var made = document.createElement( 'button' );
		made.type = 'button';
		made.className = 'cartwright-decline';
		made.textContent = config.decline;
		made.style.cssText = 'background:none;border:0;padding:0;margin:0 0 0 .4em;font:inherit;color:inherit;text-decoration:underline;cursor:pointer';
		made.addEventListener( 'click', decline );
		return made;
	}

	function question( name ) {
		var label = document.createElement( 'label' );
		var tick = document.createElement( 'input' );
		tick.type = 'checkbox';
		tick.style.marginRight = '.4em';
		tick.addEventListener( 'change', function () {
			var answer = typed();
			answer[ name ] = tick.checked ? '1' : '0';
			if ( config.notice ) {
				answer.notice = '1';
			}
			send( answer );
		} );
		label.style.display = 'block';
		label.appendChild( tick );
		label.appendChild( document.createTextNode( config.boxes[ name ] ) );
		return label;
	}

	function build() {
		var made = document.createElement( 'div' );
		made.className = 'cartwright-notice';
		made.style.cssText = 'clear:both;font-size:.875em;margin:.5em 0 1em';
		if ( config.notice ) {
			made.appendChild( document.createTextNode( config.notice ) );
			made.appendChild( button() );
		}
		Object.keys( config.boxes ).forEach( function ( name ) {
			made.appendChild( question( name ) );
		} );
		return made;
	}

	function place() {
		var field = document.querySelector( FIELDS.email );
		if ( ! field || ( box && box.isConnected ) ) {
			return;
		}
		box = box || build();
		// WooCommerce's script puts the rows of the classic form into another order: stay inside of one.
		var row = field.closest( '.form-row' );
		if ( row ) {
			row.appendChild( box );
		} else {
			( field.closest( '.wc-block-components-text-input' ) || field ).insertAdjacentElement( 'afterend', box );
		}
		if ( ! shown ) {
			shown = true;
			if ( config.notice ) {
				send( { notice: '1' } ).then( tell );
			}
		}
	}

	function heard( event ) {
		var target = event.target;
		var ours = Object.keys( FIELDS ).some( function ( name ) {
			return target && target.matches && target.matches( FIELDS[ name ] );
		} );
		if ( ours ) {
			tell();
		}
	}

	document.addEventListener( 'change', heard, true );
	document.addEventListener( 'focusout', heard, true );
	new MutationObserver( place ).observe( document.body, { childList: true, subtree: true } );
	place();
}() );
