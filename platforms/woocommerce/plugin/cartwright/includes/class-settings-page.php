<?php
/**
 * WooCommerce → Cartwright.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * The page where the merchant sees whether all is well, and switches things.
 */
final class Settings_Page {

	const SLUG  = 'cartwright';
	const GROUP = 'cartwright';

	/**
	 * Hooks.
	 */
	public function register() {
		add_action( 'admin_menu', array( $this, 'add_page' ), 60 );
		add_action( 'admin_init', array( $this, 'add_setting' ) );
		add_filter( 'option_page_capability_' . self::GROUP, array( $this, 'capability' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( FILE ), array( $this, 'add_link' ) );
	}

	/**
	 * Who may.
	 *
	 * @return string
	 */
	public function capability() {
		return 'manage_woocommerce';
	}

	/**
	 * The page in the menu.
	 */
	public function add_page() {
		add_submenu_page( 'woocommerce', 'Cartwright', 'Cartwright', $this->capability(), self::SLUG, array( $this, 'show' ) );
	}

	/**
	 * The option: WordPress checks nonce and capability when it is sent.
	 */
	public function add_setting() {
		$setting = array(
			'type'              => 'array',
			'sanitize_callback' => array( Settings::class, 'sanitize' ),
			'default'           => array(),
		);
		register_setting( self::GROUP, Settings::OPTION, $setting );
	}

	/**
	 * A link in the list of plugins.
	 *
	 * @param string[] $links Known ones.
	 * @return string[]
	 */
	public function add_link( $links ) {
		$address = admin_url( 'admin.php?page=' . self::SLUG );
		$link    = sprintf( '<a href="%s">%s</a>', esc_url( $address ), esc_html__( 'Settings', 'cartwright' ) );
		return array_merge( array( $link ), $links );
	}

	/**
	 * The page.
	 */
	public function show() {
		if ( ! current_user_can( $this->capability() ) ) {
			return;
		}
		echo '<div class="wrap"><h1>Cartwright</h1>';
		settings_errors();
		printf( '<p>%s</p>', esc_html__( 'Cartwright notices carts that were left and brings shoppers back to them. This plugin tells the service what is in a cart, on the block and the classic checkout, and restores the cart when the shopper comes back. Reminders, texts and discounts are set up in the service.', 'cartwright' ) );
		$this->show_connection();
		$this->show_form();
		echo '</div>';
	}

	/**
	 * Whether the service is connected, and how its webhooks are doing.
	 */
	private function show_connection() {
		printf( '<h2>%s</h2>', esc_html__( 'Connection', 'cartwright' ) );
		$webhooks = Connection::webhooks();
		if ( array() === $webhooks ) {
			printf( '<p>%s</p>', esc_html__( 'Not connected yet: no webhook for carts exists. Connect this shop in the service; it makes its webhooks by itself.', 'cartwright' ) );
			return;
		}
		printf(
			'<table class="widefat striped" style="max-width:60em"><thead><tr><th>%s</th><th>%s</th><th>%s</th></tr></thead><tbody>',
			esc_html__( 'Webhook', 'cartwright' ),
			esc_html__( 'State', 'cartwright' ),
			esc_html__( 'Failures in a row', 'cartwright' )
		);
		foreach ( $webhooks as $webhook ) {
			printf(
				'<tr><td><code>%s</code></td><td>%s</td><td>%s</td></tr>',
				esc_html( $webhook->get_topic() ),
				esc_html( self::state( $webhook->get_status() ) ),
				esc_html( number_format_i18n( $webhook->get_failure_count() ) )
			);
		}
		echo '</tbody></table>';
		$this->show_last_failure();
	}

	/**
	 * When a delivery last failed, and why.
	 */
	private function show_last_failure() {
		$failure = get_option( Webhooks::LAST_FAILURE );
		if ( ! is_array( $failure ) ) {
			printf( '<p>%s</p>', esc_html__( 'No delivery about a cart has failed.', 'cartwright' ) );
			return;
		}
		/* translators: 1: how long ago, 2: the answer's status, 3: the reason */
		$text = __( 'The last delivery about a cart that failed: %1$s ago (status %2$s) %3$s', 'cartwright' );
		printf( '<p>%s</p>', esc_html( sprintf( $text, human_time_diff( $failure['at'] ), $failure['code'] ? $failure['code'] : '–', $failure['reason'] ) ) );
	}

	/**
	 * A webhook's state in words.
	 *
	 * @param string $status WooCommerce's word.
	 * @return string
	 */
	private static function state( $status ) {
		$words = array(
			'active'   => __( 'active', 'cartwright' ),
			'paused'   => __( 'paused: nothing is delivered', 'cartwright' ),
			'disabled' => __( 'disabled by WooCommerce after failures: connect the shop in the service again', 'cartwright' ),
		);
		return isset( $words[ $status ] ) ? $words[ $status ] : $status;
	}

	/**
	 * The switches.
	 */
	private function show_form() {
		echo '<form method="post" action="options.php">';
		settings_fields( self::GROUP );
		printf( '<h2>%s</h2><table class="form-table" role="presentation">', esc_html__( 'What shoppers see', 'cartwright' ) );
		self::tick( 'notice', __( 'Notice', 'cartwright' ), __( 'Show the notice by the e-mail field, and keep what is typed there. Without it nothing that a guest types is kept before she orders.', 'cartwright' ) );
		self::line( 'notice_text', __( 'The notice says', 'cartwright' ) );
		self::line( 'decline_text', __( 'Its way out says', 'cartwright' ) );
		self::line( 'declined_text', __( 'And then', 'cartwright' ) );
		self::tick( 'ask_email', __( 'Box for e-mail', 'cartwright' ), __( 'Ask for a yes to marketing by e-mail (never ticked beforehand).', 'cartwright' ) );
		self::line( 'ask_email_text', __( 'The box says', 'cartwright' ) );
		self::tick( 'ask_sms', __( 'Box for texts', 'cartwright' ), __( 'Ask for a yes to marketing by text message (never ticked beforehand).', 'cartwright' ) );
		self::line( 'ask_sms_text', __( 'The box says', 'cartwright' ) );
		printf( '</table><h2>%s</h2><table class="form-table" role="presentation">', esc_html__( 'What is told', 'cartwright' ) );
		self::tick( 'views', __( 'Product views', 'cartwright' ), __( 'Tell which products are looked at by visitors with an account or a cart, each once in ten minutes.', 'cartwright' ) );
		self::tick( 'push', __( 'At once', 'cartwright' ), __( 'Deliver news about carts at once instead of by the minute. Switch this on if your shop has few visitors or no working cron.', 'cartwright' ) );
		self::roles();
		echo '</table>';
		submit_button();
		echo '</form>';
	}

	/**
	 * A switch.
	 *
	 * @param string $name  Its name.
	 * @param string $title Its title.
	 * @param string $text  What it does.
	 */
	private static function tick( $name, $title, $text ) {
		printf(
			'<tr><th scope="row">%s</th><td><label><input type="checkbox" name="%s[%s]" value="1" %s> %s</label></td></tr>',
			esc_html( $title ),
			esc_attr( Settings::OPTION ),
			esc_attr( $name ),
			checked( (bool) Settings::get( $name ), true, false ),
			esc_html( $text )
		);
	}

	/**
	 * A line of text; empty means ours.
	 *
	 * @param string $name  Its name.
	 * @param string $title Its title.
	 */
	private static function line( $name, $title ) {
		$ours = Settings::our_texts();
		printf(
			'<tr><th scope="row"><label for="cartwright-%2$s">%1$s</label></th><td><input type="text" class="large-text" maxlength="300" id="cartwright-%2$s" name="%3$s[%2$s]" value="%4$s" placeholder="%5$s"></td></tr>',
			esc_html( $title ),
			esc_attr( $name ),
			esc_attr( Settings::OPTION ),
			esc_attr( Settings::get( $name ) ),
			esc_attr( $ours[ $name ] )
		);
	}

	/**
	 * The roles that are left out.
	 */
	private static function roles() {
		printf( '<tr><th scope="row">%s</th><td><fieldset>', esc_html__( 'Leave out', 'cartwright' ) );
		foreach ( wp_roles()->get_names() as $role => $name ) {
			printf(
				'<label><input type="checkbox" name="%s[roles][]" value="%s" %s> %s</label><br>',
				esc_attr( Settings::OPTION ),
				esc_attr( $role ),
				checked( in_array( $role, Settings::get( 'roles' ), true ), true, false ),
				esc_html( translate_user_role( $name ) )
			);
		}
		printf( '<p class="description">%s</p></fieldset></td></tr>', esc_html__( 'Carts of accounts with these roles are not kept. Those who manage the shop, and bots, are left out anyway.', 'cartwright' ) );
	}
}
