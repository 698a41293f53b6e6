"""Ruuvi's data format 5 (RAWv2), as tags broadcast it over Bluetooth.

References:
    Ruuvi data format 5 specification; Bluetooth Core Specification Supplement, part A §1.4 (manufacturer data).
"""

from __future__ import annotations

import struct

_COMPANY = b"\x99\x04"
"""0x0499, Ruuvi Innovations, little-endian."""
_MANUFACTURER = 0xFF
_FORMAT = 5
_LAYOUT = struct.Struct(">hHHhhhHBH")
"""After the format's byte; the tag's address follows."""
_MISSING_SIGNED, _MISSING = -(2**15), 2**16 - 1
_MISSING_MOVEMENT, _MISSING_VOLTAGE, _MISSING_POWER = 255, 2047, 31
_LONGEST_HEX = 1024


def readings(advertisement: str) -> dict[str, int | float]:
    """Return what an advertisement holds by metric; empty if it is none of format 5.

    Args:
        advertisement: all of it, in hexadecimal digits.
    """
    if len(advertisement) > _LONGEST_HEX:
        return {}
    try:
        payload = _manufacturer_data(bytes.fromhex(advertisement))
    except ValueError:
        return {}
    if len(payload) <= _LAYOUT.size or payload[0] != _FORMAT:
        return {}
    temperature, humidity, pressure, *acceleration, power, movement, sequence = _LAYOUT.unpack_from(payload, 1)
    voltage, tx_power = power >> 5, power & 31
    told: list[tuple[str, int, int, float]] = [
        ("temperature", temperature, _MISSING_SIGNED, temperature / 200),
        ("humidity", humidity, _MISSING, humidity / 400),
        ("pressure", pressure, _MISSING, pressure + 50_000),
        *((f"accel_{axis}", raw, _MISSING_SIGNED, raw / 1000) for axis, raw in zip("xyz", acceleration, strict=True)),
        ("voltage", voltage, _MISSING_VOLTAGE, (voltage + 1600) / 1000),
        ("tx_power", tx_power, _MISSING_POWER, 2 * tx_power - 40),
        ("movement_counter", movement, _MISSING_MOVEMENT, movement),
        ("measurement_sequence_number", sequence, _MISSING, sequence),
    ]
    return {metric: value for metric, raw, missing, value in told if raw != missing}


def _manufacturer_data(advertisement: bytes) -> bytes:
    """Return what follows Ruuvi's number in an advertisement, empty if it has no such part."""
    place = 0
    while place + 1 < len(advertisement):
        end = place + 1 + advertisement[place]
        if advertisement[place + 1] == _MANUFACTURER and advertisement[place + 2 : place + 4] == _COMPANY:
            return advertisement[place + 4 : end]
        place = end
    return b""
