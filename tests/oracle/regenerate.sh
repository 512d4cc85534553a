#!/bin/bash
# Asks Kafka's official jars again (README.md). Everything but the data lies in a folder of its own that goes afterwards.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for version in 4.1 2.5; do
  pom=pom.xml
  [ $version = 2.5 ] && pom=pom-2.5.xml
  mvn -q -f $pom dependency:copy-dependencies -DoutputDirectory="$work/lib-$version"
  mkdir "$work/classes-$version"
  javac -cp "$work/lib-$version/*" -d "$work/classes-$version" src/Configs.java
  java -cp "$work/classes-$version:$work/lib-$version/*" Configs $version > ../protocol/data/kafka-$version-configs.tsv
done
javac -cp "$work/lib-4.1/*" -d "$work/classes-4.1" src/Assignors.java
java -cp "$work/classes-4.1:$work/lib-4.1/*" Assignors > ../coordinator/data/assignors-4.1.tsv
