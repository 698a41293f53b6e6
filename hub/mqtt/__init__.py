"""The only user of aiomqtt and amqtt: batches of raw messages in, acknowledgements out."""
