# Completion of `python -m mtlsedge` and `python -m local` in bash and zsh: `. scripts/completion.sh`, in this shell or from
# its start-up file. The commands answer themselves, so options and names are never older than the program.

_mtlsedge_words() { # SHELL COMMAND-LINE-FROM-THE-MODULE-ON...; the interpreter is the one that was typed
    local shell=$1 python=$2 module=$3
    shift 2
    local variable="_$(printf %s "$module" | tr '[:lower:]' '[:upper:]')_COMPLETE"
    env "$variable=complete_$shell" COMP_WORDS="$*" COMP_CWORD="$(($# - 1))" _TYPER_COMPLETE_ARGS="$*" \
        "$python" -m "$@" 2>/dev/null
}

if [ -n "${BASH_VERSION:-}" ]; then
    _mtlsedge_before=$(complete -p python 2>/dev/null | sed -n 's/.* -F \([^ ]*\) .*/\1/p')
    _mtlsedge_complete() {
        local word=${COMP_WORDS[COMP_CWORD]}
        if [ "${COMP_WORDS[1]}" = -m ] && [ "$COMP_CWORD" = 2 ]; then
            mapfile -t COMPREPLY < <(compgen -W "mtlsedge local" -- "$word")
        elif [ "${COMP_WORDS[1]}" = -m ] && [[ ${COMP_WORDS[2]} == mtlsedge || ${COMP_WORDS[2]} == local ]]; then
            mapfile -t COMPREPLY < <(_mtlsedge_words bash "${COMP_WORDS[0]}" "${COMP_WORDS[@]:2:COMP_CWORD-1}")
        elif [ -n "$_mtlsedge_before" ]; then
            "$_mtlsedge_before" "$@"
        fi
    }
    [ "$_mtlsedge_before" != _mtlsedge_complete ] || _mtlsedge_before=
    complete -o bashdefault -o default -F _mtlsedge_complete python python3
elif [ -n "${ZSH_VERSION:-}" ]; then
    autoload -Uz compinit && { [ -n "${_comps:-}" ] || compinit -i; }
    _mtlsedge_complete() {
        if [[ $words[2] == -m && $CURRENT == 3 ]]; then
            compadd mtlsedge local
        elif [[ $words[2] == -m && ($words[3] == mtlsedge || $words[3] == local) ]]; then
            eval "$(_mtlsedge_words zsh "$words[1]" "${(@)words[3,CURRENT]}")"
        else
            _files
        fi
    }
    compdef _mtlsedge_complete python python3
fi
