/* count_instructions.c: a plugin of QEMU that counts a region's instructions
 *
 * Options: begin=ADDRESS end=ADDRESS out=FILE calls=FILE.  Each time that the guest comes
 * from `begin` to `end`, a paragraph is appended to the file: `region`, and then a line
 * for each block of code that was executed between them,
 *
 *     call address instructions executions jumps loads stores
 *
 * in decimal numbers: on whose behalf (see below), where the block begins, how many
 * instructions it has, how often it was executed and how many of these times it was
 * jumped to, and how many loads and stores it made, each of a word or less.  The
 * instruction at `begin` is included, the one at `end` is not.  Both must be the targets
 * of a branch, since QEMU translates and counts whole blocks.
 *
 * The file `calls` has a line `address number` for each call to be told from others: the
 * address behind the call, and a number other than 0.  What is executed from there until
 * the call returns has its number, and what is executed otherwise the number 0.
 *
 * Distributions ship QEMU without its plugin header: what is used of it is declared
 * here.  It is the same from QEMU 7 to 10, so PLUGIN_VERSION is all that differs.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_mem_rw { QEMU_PLUGIN_MEM_R = 1, QEMU_PLUGIN_MEM_W, QEMU_PLUGIN_MEM_RW };

void qemu_plugin_register_vcpu_tb_trans_cb(
    qemu_plugin_id_t id, void (*callback)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(
    struct qemu_plugin_tb *block, void (*callback)(unsigned int, void *),
    enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(
    struct qemu_plugin_insn *instruction,
    void (*callback)(unsigned int, qemu_plugin_meminfo_t, uint64_t, void *),
    enum qemu_plugin_cb_flags flags, enum qemu_plugin_mem_rw kinds, void *data);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(
    const struct qemu_plugin_tb *block, size_t number);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);

EXPORT int qemu_plugin_version = PLUGIN_VERSION;

/* What one call executed of a block. */
struct tally {
    uint32_t call;
    uint64_t executions, jumps, loads, stores;
    struct tally *next;
};

struct block {
    uint64_t begin, end, instructions;
    uint32_t call;   /* that its last instruction makes; 0 for none */
    bool returns;    /* whether a call returns to it */
    struct tally *tallies; /* the last used first */
    struct block *next;    /* with the same hash */
};

struct call {
    uint64_t behind;
    uint32_t number;
    struct call *next;
};

enum { HASHES = 4096 };
static struct block *blocks[HASHES];
static struct call *calls;
static uint64_t begin, end, reached;
static uint32_t call;
static bool inside;
static struct tally *tally;
static FILE *out;

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static uint32_t call_before(uint64_t address)
{
    for (const struct call *known = calls; known != NULL; known = known->next) {
        if (known->behind == address) {
            return known->number;
        }
    }
    return 0;
}

/* Return the block's tally for the current call, and put it first. */
static struct tally *find_tally(struct block *block)
{
    struct tally **place = &block->tallies;
    while (*place != NULL && (*place)->call != call) {
        place = &(*place)->next;
    }
    struct tally *found = *place;
    if (found == NULL) {
        found = allocate(sizeof *found);
        found->call = call;
    } else {
        *place = found->next;
    }
    found->next = block->tallies;
    block->tallies = found;
    return found;
}

static void report(void)
{
    fprintf(out, "region\n");
    for (size_t n = 0; n < HASHES; n++) {
        for (const struct block *block = blocks[n]; block != NULL; block = block->next) {
            for (struct tally *t = block->tallies; t != NULL; t = t->next) {
                if (t->executions == 0) {
                    continue;
                }
                fprintf(out, "%" PRIu32, t->call);
                const uint64_t numbers[] = {block->begin, block->instructions,
                    t->executions, t->jumps, t->loads, t->stores};
                for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
                    fprintf(out, " %" PRIu64, numbers[i]);
                }
                fprintf(out, "\n");
                t->executions = t->jumps = t->loads = t->stores = 0;
            }
        }
    }
    fflush(out);
}

static void on_execute(unsigned int cpu, void *data)
{
    struct block *block = data;
    (void)cpu;
    if (block->begin == begin && !inside) {
        inside = true;
        call = 0;
        reached = begin;
    } else if (block->begin == end && inside) {
        inside = false;
        report();
    }
    if (!inside) {
        return;
    }
    if (block->returns) {
        call = 0;
    }
    tally = block->tallies;
    if (tally == NULL || tally->call != call) {
        tally = find_tally(block);
    }
    tally->executions++;
    /* Where QEMU looks ahead at the end of a page, it tells a size that is 2 too large;
     * nothing but an endless loop jumps to the very instruction that jumps. */
    tally->jumps += block->begin != reached && block->begin != reached - 2;
    reached = block->end;
    if (block->call != 0) {
        call = block->call;
    }
}

static void on_access(
    unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
    (void)cpu;
    (void)address;
    (void)data;
    if (!inside) {
        return;
    }
    if (qemu_plugin_mem_is_store(info)) {
        tally->stores++;
    } else {
        tally->loads++;
    }
}

/* Return the same block for the same code, however often QEMU translates it. */
static struct block *find_block(
    uint64_t first, uint64_t instructions, uint64_t behind)
{
    struct block **head = &blocks[(first >> 1) % HASHES];
    struct block *block = *head;
    while (block != NULL && (block->begin != first || block->instructions != instructions)) {
        block = block->next;
    }
    if (block == NULL) {
        block = allocate(sizeof *block);
        block->begin = first;
        block->end = behind;
        block->instructions = instructions;
        block->call = call_before(behind);
        block->returns = call_before(first) != 0;
        block->next = *head;
        *head = block;
    }
    return block;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *translated)
{
    (void)id;
    const size_t count = qemu_plugin_tb_n_insns(translated);
    struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(translated, count - 1);
    struct block *block = find_block(qemu_plugin_tb_vaddr(translated), count,
        qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last));
    qemu_plugin_register_vcpu_tb_exec_cb(
        translated, on_execute, QEMU_PLUGIN_CB_NO_REGS, block);
    for (size_t i = 0; i < count; i++) {
        qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(translated, i),
            on_access, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
    }
}

static void read_calls(const char *name)
{
    FILE *file = fopen(name, "r");
    struct call read = {0};
    while (file != NULL &&
           fscanf(file, "%" SCNu64 " %" SCNu32, &read.behind, &read.number) == 2) {
        struct call *known = allocate(sizeof *known);
        *known = read;
        known->next = calls;
        calls = known;
    }
    if (file != NULL) {
        fclose(file);
    }
}

static const char *option(const char *argument, const char *name)
{
    size_t length = strlen(name);
    return strncmp(argument, name, length) == 0 ? argument + length : NULL;
}

EXPORT int qemu_plugin_install(
    qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        const char *value;
        if ((value = option(argv[i], "begin=")) != NULL) {
            begin = strtoull(value, NULL, 0);
        } else if ((value = option(argv[i], "end=")) != NULL) {
            end = strtoull(value, NULL, 0);
        } else if ((value = option(argv[i], "calls=")) != NULL) {
            read_calls(value);
        } else if ((value = option(argv[i], "out=")) != NULL) {
            out = fopen(value, "w");
        }
    }
    if (out == NULL) {
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    return 0;
}
