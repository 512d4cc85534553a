# How the scripts print their --help and refuse unknown arguments; sourced by them in the repository's folder. Does
# nothing by itself.

# usage: the comment at the beginning of the script.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "scripts/${0##*/}"; }

# help_or_on ARGUMENT...: if one of them asks for it, prints the usage and ends.
help_or_on() {
  for argument in "$@"; do
    case "$argument" in -h | --help) usage; exit 0 ;; esac
  done
}

# refuse ARGUMENT: ends the script, which does not know that argument.
refuse() {
  echo "scripts/${0##*/}: not known: $1 (scripts/${0##*/} --help)" >&2
  exit 2
}

# none_more ARGUMENT...: refuses the first of them.
none_more() { [ $# -eq 0 ] || refuse "$1"; }

# at_most_one ARGUMENT...: refuses the second of them.
at_most_one() { [ $# -le 1 ] || refuse "$2"; }

# number_or_refuse TEXT: refuses everything but a number.
number_or_refuse() { case "$1" in "" | *[!0-9]*) refuse "$1" ;; esac; }

# no_options ARGUMENT...: refuses options.
no_options() {
  for argument in "$@"; do
    case "$argument" in -*) refuse "$argument" ;; esac
  done
}
