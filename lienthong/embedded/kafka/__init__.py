"""A real Apache Kafka on this machine, from its published jars: for demonstrations, tests and development.

KRaft mode, one to three combined broker-controllers, loopback only, data in a folder. Not for production: all
brokers share one machine and one disk, so three of them survive the kill of one process, not of the machine.
`deploy/` is for production.

    run(folder, brokers=3)                   # `lienthong kafka`: until Ctrl+C
    with Cluster(folder, brokers=3) as cluster:
        cluster.bootstrap; cluster.kill(2); cluster.restart(2)
"""

from lienthong.embedded.kafka.cluster import Cluster
from lienthong.embedded.kafka.run import run

__all__ = ["Cluster", "run"]
