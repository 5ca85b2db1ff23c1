<?php
/**
 * WordPress's tools for personal data.
 *
 * @package Cartwright
 */

namespace Cartwright;

defined( 'ABSPATH' ) || exit;

/**
 * Exports and erases what this shop and the service keep of a person. What could not be done is
 * said; nothing is called done that is not.
 */
final class Privacy {

	const NAME = 'cartwright';

	/**
	 * The carts.
	 *
	 * @var Carts
	 */
	private $carts;

	/**
	 * Takes the carts.
	 *
	 * @param Carts $carts The carts.
	 */
	public function __construct( Carts $carts ) {
		$this->carts = $carts;
	}

	/**
	 * Hooks.
	 */
	public function register() {
		add_filter( 'wp_privacy_personal_data_exporters', array( $this, 'add_exporter' ) );
		add_filter( 'wp_privacy_personal_data_erasers', array( $this, 'add_eraser' ) );
		add_action( 'admin_init', array( $this, 'add_policy' ) );
	}

	/**
	 * The exporter.
	 *
	 * @param array $exporters Known ones.
	 * @return array
	 */
	public function add_exporter( $exporters ) {
		$exporters[ self::NAME ] = array(
			'exporter_friendly_name' => __( 'Carts (Cartwright)', 'cartwright' ),
			'callback'               => array( $this, 'export' ),
		);
		return $exporters;
	}

	/**
	 * The eraser.
	 *
	 * @param array $erasers Known ones.
	 * @return array
	 */
	public function add_eraser( $erasers ) {
		$erasers[ self::NAME ] = array(
			'eraser_friendly_name' => __( 'Carts (Cartwright)', 'cartwright' ),
			'callback'             => array( $this, 'erase' ),
		);
		return $erasers;
	}

	/**
	 * What to put into the shop's policy.
	 */
	public function add_policy() {
		wp_add_privacy_policy_content( 'Cartwright', wp_kses_post( wpautop( self::policy() ) ) );
	}

	/**
	 * All that is kept of a person.
	 *
	 * @param string $email Her address.
	 * @return array{data: array[], done: bool}
	 */
	public function export( $email ) {
		$data = array();
		foreach ( $this->rows_of( $email ) as $row ) {
			$data[] = self::exported( 'cartwright-carts', __( 'Carts', 'cartwright' ), $row['cart_key'], self::told_of( $row ) );
		}
		foreach ( Connection::services() as $webhook ) {
			$groups = Privacy_Client::ask( $webhook, 'export', $email );
			$data   = array_merge( $data, null === $groups ? array( self::unreached() ) : self::groups( $groups ) );
		}
		return array(
			'data' => $data,
			'done' => true,
		);
	}

	/**
	 * Erases all that is kept of a person, here and at the service. Orders are the shop's books,
	 * and WooCommerce's own eraser sees to them. Her “No thanks” stays: it is what keeps her out.
	 *
	 * @param string $email Her address.
	 * @return array
	 */
	public function erase( $email ) {
		$messages = array();
		$retained = false;
		foreach ( Connection::services() as $webhook ) {
			$taken      = null !== Privacy_Client::ask( $webhook, 'erase', $email );
			$retained   = $retained || ! $taken;
			$messages[] = $taken ? __( 'Cartwright erases this person within a day.', 'cartwright' ) : self::sorry();
		}
		return array(
			'items_removed'  => $this->carts->delete( $this->rows_of( $email ) ) > 0,
			'items_retained' => $retained,
			'messages'       => array_unique( $messages ),
			'done'           => true,
		);
	}

	/**
	 * A text for the shop's policy.
	 *
	 * @return string
	 */
	private static function policy() {
		return __( 'When you put goods into the cart, we keep what is in it for up to 60 days. If you type your e-mail address or phone number at the checkout under our notice, we keep them with the cart, together with your name, country and IP address, so that we can remind you of it. “No thanks” beside the notice deletes them at once. We pass this to our service provider for cart reminders. If you are signed in or have a cart, it is also told which products you look at. A cookie (cartwright_cart) recognises your browser when you come back by a reminder, another (cartwright_no) remembers that you want none.', 'cartwright' );
	}

	/**
	 * A person's rows.
	 *
	 * @param string $email Her address.
	 * @return array[]
	 */
	private function rows_of( $email ) {
		$user = get_user_by( 'email', $email );
		return $this->carts->of_person( $email, $user ? $user->ID : 0 );
	}

	/**
	 * A row as name and value.
	 *
	 * @param array $row The row.
	 * @return array<string, string>
	 */
	private static function told_of( array $row ) {
		$cart  = Snapshot::of_row( $row );
		$items = array();
		foreach ( $cart['items'] as $item ) {
			$items[] = $item['quantity'] . ' × ' . $item['name'];
		}
		return array(
			__( 'E-mail', 'cartwright' )       => $row['email'],
			__( 'Phone', 'cartwright' )        => $row['phone'],
			__( 'Name', 'cartwright' )         => trim( ( $cart['person']['first_name'] ?? '' ) . ' ' . ( $cart['person']['last_name'] ?? '' ) ),
			__( 'Country', 'cartwright' )      => $cart['person']['country'] ?? '',
			__( 'IP address', 'cartwright' )   => $cart['ip'],
			__( 'Goods', 'cartwright' )        => implode( ', ', $items ),
			__( 'Last changed', 'cartwright' ) => $row['updated_at'] . ' UTC',
		);
	}

	/**
	 * The service's groups as WordPress exports them.
	 *
	 * @param array[] $groups The groups.
	 * @return array[]
	 */
	private static function groups( array $groups ) {
		$data = array();
		foreach ( array_values( $groups ) as $number => $group ) {
			$data[] = array(
				'group_id'    => 'cartwright-service-' . sanitize_key( $group['label'] ),
				'group_label' => sanitize_text_field( $group['label'] ),
				'item_id'     => 'cartwright-service-' . $number,
				'data'        => Privacy_Client::export_items( $group ),
			);
		}
		return $data;
	}

	/**
	 * One item of the export.
	 *
	 * @param string                $group  Its group.
	 * @param string                $label  The group's name.
	 * @param string                $item   Its own name.
	 * @param array<string, string> $values Name => value.
	 * @return array
	 */
	private static function exported( $group, $label, $item, array $values ) {
		$data = array();
		foreach ( array_filter( $values ) as $name => $value ) {
			$data[] = compact( 'name', 'value' );
		}
		return array(
			'group_id'    => $group,
			'group_label' => $label,
			'item_id'     => $item,
			'data'        => $data,
		);
	}

	/**
	 * In an export: that the service's part is missing.
	 *
	 * @return array
	 */
	private static function unreached() {
		return self::exported( 'cartwright-service', 'Cartwright', 'cartwright-unreached', array( __( 'Missing', 'cartwright' ) => self::sorry() ) );
	}

	/**
	 * That the service could not be asked.
	 *
	 * @return string
	 */
	private static function sorry() {
		return __( 'Cartwright could not be reached: try again later.', 'cartwright' );
	}
}
