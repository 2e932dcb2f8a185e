"""The image apache/kafka (KRaft) in a container; testcontainers' own class drives Confluent's image only.

Where no image registry is reachable set `TESTCONTAINERS_RYUK_DISABLED=true` (the reaper is an image too).
"""

import shutil
import subprocess
from typing import Any

from testcontainers.community.kafka import KafkaContainer


def docker_runs() -> bool:
    docker = shutil.which("docker")
    return docker is not None and subprocess.run([docker, "info"], capture_output=True, check=False).returncode == 0


class ApacheKafkaContainer(KafkaContainer):
    MIN_KRAFT_TAG = "3.7.0"

    def __init__(self, image: str = "apache/kafka:4.3.1", **options: Any) -> None:
        super().__init__(image, **options)
        self.with_kraft()
        self.with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")

    def tc_start(self) -> None:
        """Write the start script that the container waits for: only now is the published port known."""
        outside = f"{self.listener_name}://{self.get_container_host_ip()}:{self.get_exposed_port(self.port)}"
        inside = "BROKER://$(hostname -i | cut -d' ' -f1):9092"
        script = f"export KAFKA_ADVERTISED_LISTENERS={outside},{inside}\nexec /etc/kafka/docker/run\n"
        self.create_file(script.encode(), self.TC_START_SCRIPT)
