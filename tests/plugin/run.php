<?php
/**
 * Runs every function whose name begins with test_ in the files of cases/; one line each.
 *
 * @package Cartwright
 */

require __DIR__ . '/doubles.php';

error_reporting( E_ALL );
set_error_handler(
	static function ( $level, $text, $file, $line ) {
		throw new ErrorException( $text, 0, $level, $file, $line );
	}
);

/** Fails a test unless both are the same, type and all. */
function same( $expected, $found, $about = '' ) {
	if ( $expected !== $found ) {
		throw new Exception( trim( $about . ' expected ' . var_export( $expected, true ) . ', found ' . var_export( $found, true ) ) );
	}
}

require $argv[1] . '/cartwright.php';
foreach ( glob( __DIR__ . '/cases/*.php' ) as $file ) {
	require $file;
}

$failed = 0;
foreach ( get_defined_functions()['user'] as $name ) {
	if ( 0 !== strpos( $name, 'test_' ) ) {
		continue;
	}
	try {
		$name();
		echo "ok {$name}\n";
	} catch ( Throwable $error ) {
		++$failed;
		echo "FAILED {$name}: {$error->getMessage()} ({$error->getFile()}:{$error->getLine()})\n";
	}
}
exit( $failed ? 1 : 0 );
