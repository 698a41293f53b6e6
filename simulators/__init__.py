"""Devices that are not there: a load generator and a seeded fleet that speak MQTT like real ones.

Layout, lower lines import upper ones:

| module | gives |
|---|---|
| `errors`, `address`, `wire` | the error tree, broker addresses, MQTT 3.1.1 packets as bytes |
| `pacing`, `cycle`, `sender`, `load` | the load generator: when, what, how, and the run with its report |
| `noise`, `signals`, `switching` | what a sensor would measure at a moment |
| `topics`, `faults`, `formats` | topic filters, what goes wrong, and the names of formats |
| `scenario`, `library`, `readout` | a scenario file checked, where they are found, and values as documents and texts |
| `dialects` | how each ecosystem speaks: births, values, answers, farewells, wills |
| `device`, `fleet` | a device's values with its faults, and who publishes when |
| `link`, `runner` | the connections to the broker, and a fleet running on them |
| `cli` | `python -m simulators` |

Nothing here knows the hub: both sides meet on the wire only.
"""
