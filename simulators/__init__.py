"""Devices that are not there: a load generator and a seeded fleet that speak MQTT like real ones.

Layout, lower lines import upper ones:

| module | gives |
|---|---|
| `errors`, `address`, `wire` | the error tree, broker addresses, MQTT 3.1.1 packets as bytes |
| `pacing`, `cycle`, `sender`, `load` | the load generator: when, what, how, and the run with its report |
| `noise`, `signals`, `switching` | what a sensor would measure at a moment |
| `topics`, `scenario`, `library` | topic filters, a scenario file checked, and where scenario files are found |
| `readout`, `faults`, `device`, `fleet` | messages, what goes wrong with them, and who publishes when |
| `link`, `runner` | the connections to the broker, and a fleet running on them |
| `cli` | `python -m simulators` |

Nothing here knows the hub: both sides meet on the wire only.
"""
