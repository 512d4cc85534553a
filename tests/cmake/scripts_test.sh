#!/bin/sh
# Each of scripts/: does --help print its usage and do nothing else, and is what a script does not know refused by name before anything is done?
# usage: scripts_test.sh SOURCE SCRATCH
set -eu
source=$1 scratch=$2
failed=0
fail() { echo "FAIL: $*" >&2; failed=1; }

# Only these programs are there, and the others tell that they were called.
rm -rf "$scratch"
mkdir -p "$scratch/path"
for program in dirname sed; do ln -s "$(command -v $program)" "$scratch/path/"; done
for program in apt-get cmake ctest dpkg-query find git grep mkdir mktemp nproc python3 rm sudo; do
  printf '#!/bin/sh\necho "%s $*" >> "%s"\nexit 1\n' "$program" "$scratch/called" > "$scratch/path/$program"
  chmod +x "$scratch/path/$program"
done

# calls STATUS SCRIPT ARGUMENT...: it ends with that status and has called nothing; what it prints is in $out and $err.
calls() {
  wanted=$1 script=$2; shift 2
  status=0
  (cd "$scratch" && env -i PATH="$scratch/path" "$script" "$@" > out 2> err < /dev/null) || status=$?
  out=$(cat "$scratch/out") err=$(cat "$scratch/err")
  [ "$status" = "$wanted" ] || fail "${script#"$source"/} $*: status $status, not $wanted: $err"
  [ ! -e "$scratch/called" ] || { fail "${script#"$source"/} $* called: $(cat "$scratch/called")"; rm "$scratch/called"; }
}

seen=0
for script in "$source"/scripts/*; do
  [ -x "$script" ] || continue
  name=scripts/${script##*/}
  seen=$((seen + 1))
  for help in --help -h; do
    calls 0 "$script" "$help"
    case "$out" in "usage: $name"*) ;; *) fail "$name $help begins with: $(echo "$out" | head -n 1)" ;; esac
    [ "$(echo "$out" | wc -l)" -gt 1 ] || fail "$name $help says no more than its arguments"
    [ -z "$err" ] || fail "$name $help complains: $err"
    case "$out" in *"set -eu"* | *"#!"*) fail "$name $help prints the script" ;; esac
  done
  [ "$name" != scripts/run ] || continue  # what it is given is the program's
  calls 2 "$script" --no-such-option
  case "$err" in *--no-such-option*) ;; *) fail "$name does not name what it refuses: $err" ;; esac
  [ -z "$out" ] || fail "$name prints its complaint as a result"
done
[ "$seen" -ge 11 ] || fail "only $seen scripts were found"

# after SCRIPT ARGUMENT...: the last of them is refused.
after() {
  script=$1; shift
  calls 2 "$source/scripts/$script" "$@"
  for last in "$@"; do :; done
  case "$err" in *"$last"*) ;; *) fail "scripts/$script $* does not name $last: $err" ;; esac
}
calls 0 "$source/scripts/web" --page --help
after web page
after web --serve port
after web --serve 8080 more
after web --page --headless
after web --page --browser netscape
after web --page landing --browser
after web --check --all
after web --pages acks --out
after windows --check --all
after windows again
after test --all --fast
after package --check --ubuntu
after swarm many
after swarm 10 20
after physics -1
after fuzz 1m
after failover out.md
after bench filter

# scripts/delivery says that no cell has the words, and what a run shows without the lines of the test program.
printf '#!/bin/sh\necho "[doctest] run with --help for options"\necho "acks 1: lost 33"\necho "==="\nexit %s\n' '"${STATUS:-0}"' > "$scratch/program"
chmod +x "$scratch/program"
delivery() { KAFKASCOPE_DELIVERY_PROGRAM="$scratch/program" "$source/scripts/delivery" --cells "$1" 2>&1; }
out=$(delivery 'no such cell') && fail "scripts/delivery takes words that no cell has"
case "$out" in *"no cell has the words 'no such cell'; such as 'acks 1, "*) ;; *) fail "scripts/delivery says of words that no cell has: $out" ;; esac
out=$(delivery 'acks 1, retries on')
[ "$out" = "acks 1: lost 33" ] || fail "scripts/delivery prints more than what was seen: $out"
out=$(STATUS=1 delivery 'acks 1, retries on') && fail "scripts/delivery hides a failure"
case "$out" in *doctest*) ;; *) fail "scripts/delivery leaves out lines of a failure: $out" ;; esac

rm -rf "$scratch"
exit $failed
