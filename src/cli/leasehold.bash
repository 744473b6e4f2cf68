# SPDX-License-Identifier: Apache-2.0
# bash completion for leasehold(1). Needs nothing of the package bash-completion but its folder.

# The names of locks that begin with what has been typed. etcd must not keep the user waiting.
_leasehold_names() {
    local where=() i name
    for ((i = 1; i < COMP_CWORD; ++i)); do
        case ${COMP_WORDS[i]} in
        --endpoints | --cacert | --cert | --key | --user | --password)
            where+=("${COMP_WORDS[i]}" "$(_leasehold_joined $((i + 1)))")
            ;;
        esac
    done
    while IFS= read -r name; do
        # An escaped name is not what the lock is called; a blank would have to be quoted.
        [[ $name == *[\\\ ]* ]] || COMPREPLY+=("$name")
    done < <("${COMP_WORDS[0]}" ls --names --dial-timeout 500ms --command-timeout 1s "${where[@]}" \
        -- "$1" 2>/dev/null)
}

# The argument that begins with word $1: bash divides at colons.
_leasehold_joined() {
    local i=$1 text=${COMP_WORDS[$1]:-}
    if [[ $text == = ]]; then
        i=$((i + 1))
        text=${COMP_WORDS[i]:-}
    fi
    while [[ ${COMP_WORDS[i + 1]:-} == : ]]; do
        text+=:${COMP_WORDS[i + 2]:-}
        i=$((i + 2))
    done
    printf %s "$text"
}

_leasehold() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} sub='' word i
    local connection='--endpoints --dial-timeout --command-timeout --keepalive-time --keepalive-timeout'
    connection+=' --cacert --cert --key --user --password'
    local subcommands='lock hold get watch ls queue break top'
    COMPREPLY=()

    for ((i = 1; i < COMP_CWORD; ++i)); do
        word=${COMP_WORDS[i]}
        case $word in
        lock | hold | get | watch | ls | queue | break | top)
            sub=$word
            break
            ;;
        esac
    done

    case $before in
    --sort)
        mapfile -t COMPREPLY < <(compgen -W 'waiters hold name' -- "$current")
        return
        ;;
    --cacert | --cert | --key)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --endpoints | --user | --password | --*-timeout | --keepalive-time | --ttl | --timeout | --value | --directory | --interval) return ;;
    esac

    local options
    case $sub in
    '') options="$connection --help --version" ;;
    lock) options="--ttl --timeout --try --value $connection --help" ;;
    hold) options="--ttl --directory $connection --help" ;;
    get) options="$connection --help" ;;
    watch) options="--prefix --json $connection --help" ;;
    ls) options="--json --names $connection --help" ;;
    queue) options="--json $connection --help" ;;
    break) options="--force $connection --help" ;;
    top) options="--sort --interval --once $connection --help" ;;
    esac

    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    elif [[ -z $sub ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$subcommands" -- "$current")
    elif [[ $sub != hold ]]; then
        _leasehold_names "$current"
    fi
}

complete -o default -F _leasehold leasehold
