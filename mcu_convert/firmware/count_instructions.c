/* count_instructions.c: a plugin of QEMU that counts a region's instructions
 *
 * Options: begin=ADDRESS end=ADDRESS out=FILE.  Each time that the guest comes from
 * `begin` to `end`, the number of instructions between them, the one at `begin`
 * included, the one at `end` not, is appended to the file.  Both must be the targets
 * of a branch, since QEMU translates and counts whole blocks.
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
struct qemu_plugin_tb;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

void qemu_plugin_register_vcpu_tb_trans_cb(
    qemu_plugin_id_t id, void (*callback)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(
    struct qemu_plugin_tb *block, void (*callback)(unsigned int, void *),
    enum qemu_plugin_cb_flags flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);

EXPORT int qemu_plugin_version = PLUGIN_VERSION;

struct block {
    uint64_t address;
    uint64_t instructions;
    struct block *next; /* with the same hash */
};

enum { HASHES = 4096 };
static struct block *blocks[HASHES];
static uint64_t begin, end, count;
static bool inside;
static FILE *out;

static void on_execute(unsigned int cpu, void *data)
{
    const struct block *block = data;
    (void)cpu;
    if (block->address == begin && !inside) {
        inside = true;
        count = 0;
    } else if (block->address == end && inside) {
        inside = false;
        fprintf(out, "%" PRIu64 "\n", count);
        fflush(out);
    }
    if (inside) {
        count += block->instructions;
    }
}

/* Return the same block for the same code, however often QEMU translates it. */
static struct block *find_block(uint64_t address, uint64_t instructions)
{
    struct block **head = &blocks[(address >> 1) % HASHES];
    struct block *block = *head;
    while (block != NULL &&
           (block->address != address || block->instructions != instructions)) {
        block = block->next;
    }
    if (block == NULL) {
        block = malloc(sizeof *block);
        if (block == NULL) {
            abort();
        }
        *block = (struct block){address, instructions, *head};
        *head = block;
    }
    return block;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *translated)
{
    (void)id;
    struct block *block = find_block(
        qemu_plugin_tb_vaddr(translated), qemu_plugin_tb_n_insns(translated));
    qemu_plugin_register_vcpu_tb_exec_cb(
        translated, on_execute, QEMU_PLUGIN_CB_NO_REGS, block);
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
