"""The Telemetry Hub: MQTT in, one log of normalised readings, live dashboards out.

The map, in the order the data takes:

* ``hub.mqtt`` reads the broker (or is one) and yields *batches* of raw messages.
* ``hub.normalise`` turns a batch of raw messages into a batch of readings.
* ``hub.log`` gives each batch its position; everything else follows the log.
* ``hub.live`` keeps the latest state, and tells channels and their members what changed.
* ``hub.judges`` read the log and append to it: freshness, status.
* ``hub.gateway`` is the public surface: WebSocket, SSE, REST, metrics, the dashboard's files.
* ``hub.core`` holds the words that all of them share.
* ``hub.pipeline`` joins the stages, ``hub.app`` builds everything, ``hub.cli`` is the command.

Imports do not follow the data: the middle stages know only ``core`` (checked by import-linter).
"""
